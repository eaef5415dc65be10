// Inputs that are too long for an address stand behind its "#", which no server sees: they are sent as a form.
const packed = /^#in=([\w-]+)$/.exec(location.hash);
const form = document.getElementById("from-link");
if (packed && form) {
  form.elements.packed.value = packed[1];
  form.submit();
}

// A calculation may take seconds: the button says that it is under way, and cannot be pressed twice.
for (const each of document.querySelectorAll("form[data-tool]")) {
  each.addEventListener("submit", () => {
    const button = each.querySelector("button.btn-primary");
    button.disabled = true;
    button.textContent = each.dataset.busy;
    button.setAttribute("aria-busy", "true");
  });
}
// Fields that only some methods read are shown with these alone; what stands in the others is not sent.
const method = document.querySelector("form[data-tool] select[name='in.method']");
const follow = () => {
  for (const field of document.querySelectorAll("form[data-tool] [data-when]")) {
    const read = field.dataset.when.split(" ").includes(method.value);
    field.disabled = !read;
    field.closest(".field").hidden = !read;
  }
};
if (method) {
  method.addEventListener("change", follow);
  follow();
}

addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
