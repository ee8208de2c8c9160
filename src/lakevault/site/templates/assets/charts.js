// Draws the charts of a page with the bundle of Vega-Lite beside it, in the colours of the page; again when these change.
(function () {
  function draw() {
    var style = getComputedStyle(document.body);
    var text = style.getPropertyValue("--md-default-fg-color").trim();
    var line = style.getPropertyValue("--md-default-fg-color--lightest").trim();
    var dark = document.body.getAttribute("data-md-color-scheme") === "slate";
    var config = {
      background: "transparent",
      font: style.fontFamily,
      axis: {labelColor: text, titleColor: text, gridColor: line, domainColor: text, tickColor: text, labelFontSize: 12, titleFontSize: 12},
      legend: {labelColor: text, titleColor: text, labelFontSize: 12},
      view: {stroke: null},
      range: {category: dark ? ["#8ab4f8", "#f4b183", "#a8d5a2", "#d7aefb", "#c8c8c8", "#80deea"] : ["#1f5fa8", "#b4551a", "#2f7d32", "#7b3fa0", "#5c5c5c", "#00838f"]}
    };
    document.querySelectorAll("script[data-chart]").forEach(function (data) {
      var at = document.getElementById(data.dataset.chart);
      window.vegaEmbed(at, JSON.parse(data.textContent), {mode: "vega-lite", renderer: "svg", actions: false, config: config});
    });
  }
  draw();
  new MutationObserver(draw).observe(document.body, {attributes: true, attributeFilter: ["data-md-color-scheme"]});
})();
