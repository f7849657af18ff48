const inTheDark = matchMedia("(prefers-color-scheme: dark)");

// Each figure holds two drawings, one per ground; the style shows one of them, in print the light one.
function draw(figure, ground) {
  const there = figure.querySelector("." + ground);
  if (there) return;
  const place = document.createElement("div");
  place.className = ground;
  figure.append(place);
  const specs = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const options = {
    mode: "vega-lite",
    ast: true, // expressions are read, never compiled: the page's policy forbids that
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    logLevel: 1, // errors
  };
  vegaEmbed(place, specs[ground], options).then(
    () => { figure.dataset[ground] = "drawn"; },
    (error) => {
      place.textContent = "This chart could not be drawn: " + error.message;
      console.error(error);
    },
  );
}

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) {
    draw(figure, "light");
    if (inTheDark.matches) draw(figure, "dark");
  }
}

inTheDark.addEventListener("change", drawAll);
drawAll();
