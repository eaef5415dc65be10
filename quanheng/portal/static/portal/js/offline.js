// Tells a reader in a basement or a boiler room that the network is gone, before they press anything.
const hint = document.getElementById("offline");

function show() {
  if (hint) hint.hidden = navigator.onLine;
}
window.addEventListener("online", show);
window.addEventListener("offline", show);
show();
