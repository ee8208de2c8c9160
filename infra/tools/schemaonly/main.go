// A Terraform provider that knows the schema of another one and nothing else. OpenTofu can validate a configuration against it and run
// tests with mock_provider; it can neither plan nor apply. It serves schema.json, which stands beside the program.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	p "github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type attribute struct {
	Type                         json.RawMessage
	Required, Optional, Computed bool
}

type nested struct {
	Nesting string `json:"nesting_mode"`
	Min     int64  `json:"min_items"`
	Max     int64  `json:"max_items"`
	Block   block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nested `json:"block_types"`
}

type schema struct{ Block block }

// As `tofu providers schema -json` prints it, for one provider.
type document struct {
	Source    string
	Provider  schema
	Resources map[string]schema `json:"resource_schemas"`
	Data      map[string]schema `json:"data_source_schemas"`
}

var nestings = map[string]p.SchemaNestedBlockNestingMode{
	"list":   p.SchemaNestedBlockNestingModeList,
	"set":    p.SchemaNestedBlockNestingModeSet,
	"single": p.SchemaNestedBlockNestingModeSingle,
}

func converted(b block) *p.SchemaBlock {
	out := &p.SchemaBlock{}
	for name, a := range b.Attributes {
		kind, err := tftypes.ParseJSONType(a.Type)
		if err != nil {
			kind = tftypes.DynamicPseudoType
		}
		out.Attributes = append(out.Attributes, &p.SchemaAttribute{
			Name: name, Type: kind, Required: a.Required, Optional: a.Optional, Computed: a.Computed,
		})
	}
	for name, n := range b.Blocks {
		out.BlockTypes = append(out.BlockTypes, &p.SchemaNestedBlock{
			TypeName: name, Nesting: nestings[n.Nesting], MinItems: n.Min, MaxItems: n.Max, Block: converted(n.Block),
		})
	}
	return out
}

func convertedAll(schemas map[string]schema) map[string]*p.Schema {
	out := map[string]*p.Schema{}
	for name, s := range schemas {
		out[name] = &p.Schema{Block: converted(s.Block)}
	}
	return out
}

// Calls that are not defined here are those of planning and applying, which OpenTofu never makes of a mocked provider.
type server struct {
	p.ProviderServer
	known document
}

func (s server) GetMetadata(context.Context, *p.GetMetadataRequest) (*p.GetMetadataResponse, error) {
	out := &p.GetMetadataResponse{ServerCapabilities: &p.ServerCapabilities{}}
	for name := range s.known.Resources {
		out.Resources = append(out.Resources, p.ResourceMetadata{TypeName: name})
	}
	for name := range s.known.Data {
		out.DataSources = append(out.DataSources, p.DataSourceMetadata{TypeName: name})
	}
	return out, nil
}

func (s server) GetProviderSchema(context.Context, *p.GetProviderSchemaRequest) (*p.GetProviderSchemaResponse, error) {
	return &p.GetProviderSchemaResponse{
		ServerCapabilities: &p.ServerCapabilities{},
		Provider:           &p.Schema{Block: converted(s.known.Provider.Block)},
		ResourceSchemas:    convertedAll(s.known.Resources),
		DataSourceSchemas:  convertedAll(s.known.Data),
	}, nil
}

func (s server) ValidateProviderConfig(_ context.Context, r *p.ValidateProviderConfigRequest) (*p.ValidateProviderConfigResponse, error) {
	return &p.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s server) ValidateResourceConfig(context.Context, *p.ValidateResourceConfigRequest) (*p.ValidateResourceConfigResponse, error) {
	return &p.ValidateResourceConfigResponse{}, nil
}

func (s server) ValidateDataResourceConfig(context.Context, *p.ValidateDataResourceConfigRequest) (*p.ValidateDataResourceConfigResponse, error) {
	return &p.ValidateDataResourceConfigResponse{}, nil
}

func (s server) ConfigureProvider(context.Context, *p.ConfigureProviderRequest) (*p.ConfigureProviderResponse, error) {
	return nil, errors.New("this provider knows only the schema: it validates and is mocked in tests, but plans and applies nothing")
}

func (s server) StopProvider(context.Context, *p.StopProviderRequest) (*p.StopProviderResponse, error) {
	return &p.StopProviderResponse{}, nil
}

// Mocked resources pass through the state between the runs of a test.
func (s server) UpgradeResourceState(_ context.Context, r *p.UpgradeResourceStateRequest) (*p.UpgradeResourceStateResponse, error) {
	kind := converted(s.known.Resources[r.TypeName].Block).ValueType()
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := p.NewDynamicValue(kind, value)
	return &p.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(filepath.Dir(self), "schema.json"))
	if err != nil {
		return err
	}
	s := server{}
	if err := json.Unmarshal(text, &s.known); err != nil {
		return err
	}
	return tf6server.Serve(s.known.Source, func() p.ProviderServer { return s })
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
