// Shows how far an upload has come. Without it the form is sent as any other.

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-upload]"))) {
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  if (!bar || !button) continue;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.upload.addEventListener("progress", (sent) => {
      bar.hidden = false;
      if (sent.lengthComputable) bar.value = (100 * sent.loaded) / sent.total;
      else bar.removeAttribute("value");
    });
    // The order itself says what came of it.
    request.addEventListener("load", () => { location.hash = "files"; location.reload(); });
    request.addEventListener("error", () => { button.disabled = false; bar.hidden = true; form.submit(); });
    button.disabled = true;
    request.send(new FormData(form));
  });
}
