// The first choice: "Watch it work" is busy at once, and counts down to the first visit while the demo is prepared.
const form = document.querySelector("[data-demo-start]");
const button = form.querySelector("button");
const state = form.querySelector("[data-demo-state]");
const label = button.innerHTML;
let timer = 0;

function reset() {
  clearInterval(timer);
  button.removeAttribute("aria-disabled");
  button.innerHTML = label;
  state.textContent = "";
}

form.addEventListener("submit", (event) => {
  if (button.getAttribute("aria-disabled")) {
    event.preventDefault();
    return;
  }
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Preparing the demo …";
  let left = 5;
  const show = () => { state.textContent = left > 0 ? `${form.dataset.demoStart} arrives in ${left} s` : `${form.dataset.demoStart} is arriving …`; };
  show();
  timer = setInterval(() => { left -= 1; show(); if (left <= 0) clearInterval(timer); }, 1000);
});

// Back from the demo, the browser shows the page as it was left.
window.addEventListener("pageshow", (event) => { if (event.persisted) reset(); });
