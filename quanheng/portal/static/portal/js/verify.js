// A file is hashed here and stays here: only its digest is asked for. Sending the file itself is the form's button.
// The camera is used where the browser reads codes by itself; nothing that it sees leaves this page.

const hidden = (/** @type {Element | null} */ one, /** @type {boolean} */ is) => one?.toggleAttribute("hidden", is);

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-verify]"))) {
  const input = /** @type {HTMLInputElement | null} */ (form.querySelector("input[type=file]"));
  const told = form.querySelector("[data-told]");
  const link = /** @type {HTMLAnchorElement | null} */ (form.querySelector("a[data-status]"));
  if (!input || !told || !link || !globalThis.crypto?.subtle) continue;

  /** @param {File} file */
  const look = async (file) => {
    told.className = "mb-0";
    told.textContent = "…";
    hidden(link, true);
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const answer = await fetch(`/api/v1/attestations/by-digest/${hex}`).catch(() => null);
    if (answer?.ok) {
      const found = await answer.json();
      told.className = "mb-0 raw-same";
      told.textContent = `✓ ${form.dataset.known} ${found.number}`;
      link.href = `/verify/?number=${encodeURIComponent(found.number)}`;
      hidden(link, false);
    } else {
      told.textContent = `○ ${answer?.status === 404 ? form.dataset.unknown : form.dataset.failed}`;
    }
  };

  input.addEventListener("change", () => { if (input.files?.length) look(input.files[0]); });
  for (const name of ["dragover", "drop"]) form.addEventListener(name, (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    input.files = files;
    look(files[0]);
  });
}

const scan = /** @type {HTMLElement | null} */ (document.querySelector("[data-scan]"));
const video = /** @type {HTMLVideoElement | null} */ (document.querySelector("[data-scan-video]"));
const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
if (scan && video && Detector && navigator.mediaDevices?.getUserMedia) {
  const button = scan.querySelector("button");
  const told = scan.querySelector("[data-told]");
  hidden(scan, false);
  button?.addEventListener("click", async () => {
    const stop = () => {
      for (const track of /** @type {MediaStream | null} */ (video.srcObject)?.getTracks() ?? []) track.stop();
      video.srcObject = null;
      hidden(video, true);
    };
    if (video.srcObject) { stop(); return; }
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      if (told) told.textContent = scan.dataset.refused ?? "";
      return;
    }
    hidden(video, false);
    await video.play();
    const detector = new Detector({ formats: ["qr_code"] });
    while (video.srcObject) {
      const [code] = await detector.detect(video).catch(() => []);
      if (code) {
        stop();
        const url = URL.canParse(code.rawValue) ? new URL(code.rawValue) : null;
        if (url?.origin === location.origin && url.pathname.startsWith("/r/")) location.assign(url.href);
        else if (told) told.textContent = `${scan.dataset.other} ${code.rawValue.slice(0, 120)}`;
        return;
      }
      await new Promise((next) => setTimeout(next, 200));
    }
  });
}
