// The code on a printed report, read and verified in the browser: quanheng/kernel/attestations/credentials/codes.py says how it is made.

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-./:";
const DOMAIN = "quanheng/printed-code/v1\n";
const DECISIONS = ["conforms", "does-not-conform", "not-judged"];
const HEAD = 52;
const SIGNATURE = 64;

/** @param {string} digits */
const bytesOf = (digits) => {
  let number = 0n;
  for (const one of digits) {
    const digit = DIGITS.indexOf(one);
    if (digit < 0) return null;
    number = number * BigInt(DIGITS.length) + BigInt(digit);
  }
  const hex = number.toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return Uint8Array.from(even.match(/../g) ?? [], (pair) => parseInt(pair, 16));
};

const hexOf = (/** @type {Uint8Array} */ bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

/**
 * What a code says, with the message that was signed; null where it is no code. Whether it is signed is for `codeSigner`.
 * @param {string} text
 */
export const openCode = async (text) => {
  const [address, digits = ""] = text.trim().split("#");
  const whole = digits && digits.length < 2000 ? bytesOf(digits) : null;
  if (!whole || whole.length < HEAD + SIGNATURE || whole[0] !== 1 || !DECISIONS[whole[2]]) return null;
  const body = whole.slice(0, -SIGNATURE);
  const view = new DataView(body.buffer);
  const [number, object = ""] = new TextDecoder().decode(body.slice(HEAD)).split(/\n(.*)/s);
  const until = view.getUint32(8);
  const start = new TextEncoder().encode(`${DOMAIN}${address}\n`);
  const message = new Uint8Array([...start, ...body]);
  return {
    address, number, object, message,
    signature: whole.slice(-SIGNATURE),
    decision: DECISIONS[whole[2]],
    synthetic: whole[3] === 1,
    issuedAt: view.getUint32(4) * 1000,
    issued: new Date(view.getUint32(4) * 1000).toISOString().slice(0, 10),
    validUntil: until ? new Date(until * 86400000).toISOString().slice(0, 10) : "",
    key: hexOf(body.slice(12, 20)),
    sha256: hexOf(body.slice(20, 52)),
  };
};

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

const fromHex = (/** @type {string} */ hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));

// P-256 (FIPS 186-5): browsers read no compressed point, so its other half is reckoned here: y² = x³ − 3x + b.
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** @param {bigint} base @param {bigint} exponent */
const power = (base, exponent) => {
  let found = 1n;
  for (let square = base % P, rest = exponent; rest; rest >>= 1n, square = (square * square) % P) {
    if (rest & 1n) found = (found * square) % P;
  }
  return found;
};

/** A point in full, 04 ‖ x ‖ y, from 02 or 03 ‖ x in hex; null for none of the curve. @param {string} compressed */
const wholePoint = (compressed) => {
  const x = BigInt(`0x${compressed.slice(2)}`);
  const square = (((x * x * x - 3n * x + B) % P) + P) % P;
  const root = power(square, (P + 1n) / 4n);
  if ((root * root) % P !== square || !/^0[23]/.test(compressed)) return null;
  const y = root % 2n === BigInt(parseInt(compressed.slice(1, 2), 16) % 2) ? root : P - root;
  return fromHex(`04${compressed.slice(2)}${y.toString(16).padStart(64, "0")}`);
};

/**
 * What a key verifies with, from its Multikey: the raw key, and how it is imported and used; null for another kind.
 * @param {string} multikey
 */
const readKey = (multikey) => {
  let number = 0n;
  for (const one of multikey.slice(1)) number = number * 58n + BigInt(BASE58.indexOf(one));
  const hex = number.toString(16).padStart(68, "0");
  if (hex.startsWith("ed01") && hex.length === 68) return { raw: fromHex(hex.slice(4)), kind: "Ed25519", use: "Ed25519" };
  const raw = hex.startsWith("8024") && hex.length === 70 ? wholePoint(hex.slice(4)) : null;
  return raw && { raw, kind: { name: "ECDSA", namedCurve: "P-256" }, use: { name: "ECDSA", hash: "SHA-256" } };
};

/**
 * The issuer in a trust bundle whose key signed the facts, valid then and not known to others; null where there is none.
 * @param {NonNullable<Awaited<ReturnType<typeof openCode>>>} facts
 * @param {any} trust
 */
export const codeSigner = async (facts, trust) => {
  for (const issuer of trust.issuers) {
    for (const key of issuer.keys) {
      const name = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key.id)));
      if (hexOf(name.slice(0, 8)) !== facts.key) continue;
      const read = readKey(key.publicKeyMultibase);
      const valid = Date.parse(key.validFrom) <= facts.issuedAt && !(Date.parse(key.validUntil) <= facts.issuedAt);
      if (!read || !valid || key.compromisedFrom) return null;
      const known = await crypto.subtle.importKey("raw", read.raw, read.kind, false, ["verify"]).catch(() => null);
      const fits = known && (await crypto.subtle.verify(read.use, known, facts.signature, facts.message));
      return fits ? issuer : null;
    }
  }
  return null;
};
