// The import form: accepts a dropped file and shows its name.
const drop = document.querySelector("[data-drop]");
const input = drop.querySelector("input");
const name = () => (drop.querySelector("[data-drop-name]").textContent = input.files[0]?.name || "Choose a CSV file");
input.addEventListener("change", name);
for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => (event.preventDefault(), drop.classList.add("over")));
for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  name();
});
