// A file is hashed here and stays here: only its digest is asked for. Sending the file itself is the form's button.
// The camera is used where the browser reads codes by itself; nothing that it sees leaves this page. With no network a code
// is verified here, by the keys that were fetched when the camera was first used.
import { codeSigner, openCode } from "./codes.js";

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
  /** @type {Promise<any> | null} */
  let trust = null;

  /** @param {URL} url */
  const offline = async (url) => {
    const facts = await openCode(url.href);
    if (!told) return;
    if (!facts) { told.textContent = scan.dataset.unreadable ?? ""; return; }
    const keys = await trust;
    const issuer = keys && (await codeSigner(facts, keys));
    const said = [facts.number, facts.object, scan.dataset[facts.decision.replace(/-([a-z])/g, (_all, letter) => letter.toUpperCase())] ?? facts.decision, facts.issued].join(" · ");
    const why = issuer ? `✓ ${scan.dataset.signed} ${issuer.nameZh}` : `○ ${keys ? scan.dataset.forged : scan.dataset.nokeys}`;
    told.className = issuer ? "mb-0 raw-same" : "mb-0";
    told.textContent = `${why} · ${said}${facts.synthetic ? ` · ${scan.dataset.synthetic}` : ""}`;
  };

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
    trust ??= fetch("/api/v1/trust").then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    await video.play();
    const detector = new Detector({ formats: ["qr_code"] });
    while (video.srcObject) {
      const [code] = await detector.detect(video).catch(() => []);
      if (code) {
        stop();
        const url = URL.canParse(code.rawValue) ? new URL(code.rawValue) : null;
        if (url?.origin === location.origin && url.pathname.startsWith("/r/")) {
          if (navigator.onLine) location.assign(url.href);
          else await offline(url);
        }
        else if (told) told.textContent = `${scan.dataset.other} ${code.rawValue.slice(0, 120)}`;
        return;
      }
      await new Promise((next) => setTimeout(next, 200));
    }
  });
}
