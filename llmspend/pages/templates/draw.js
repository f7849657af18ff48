for (const figure of document.querySelectorAll("figure[data-chart]")) {
  const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const options = {
    mode: "vega-lite",
    ast: true, // expressions are read, never compiled: the page's policy forbids that
    renderer: "svg", // whose colours follow the theme
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    logLevel: 1, // errors
  };
  vegaEmbed(figure, spec, options).then(
    () => { figure.dataset.drawn = "yes"; },
    (error) => {
      figure.textContent = "This chart could not be drawn: " + error.message;
      console.error(error);
    },
  );
}
