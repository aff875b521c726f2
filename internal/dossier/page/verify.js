"use strict";
// Checks a sealed case file as `xiaobao verify FILE.zip` does, from the same bytes,
// without any network. Web Crypto is used where the browser has it; what it lacks
// is computed here (open the page with #plain to compute everything here).
const subtle = globalThis.crypto && crypto.subtle && location.hash !== "#plain" ? crypto.subtle : null;
const utf8 = new TextEncoder();
const fail = text => { throw new Error(text); };
const text = b => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(b);
const hex = b => Array.from(b, x => x.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const join = (...parts) => {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  parts.reduce((at, p) => (out.set(p, at), at + p.length), 0);
  return out;
};
const unhex = s => /^([0-9a-f]{2})*$/.test(s) ? Uint8Array.from(s.match(/../g) || [], x => parseInt(x, 16)) : fail("摘要不是十六进制");
const base64 = b => btoa(String.fromCharCode(...b));
const unbase64 = s => {
  const b = Uint8Array.from(atob(s), c => c.charCodeAt(0));
  return base64(b) === s ? b : fail("base64 写法不规范：被改动过");
};
const u64 = n => { const b = new Uint8Array(8); new DataView(b.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(n))); return b; };

// --- digests ---------------------------------------------------------------
// The constants of SHA-2 are the fractions of roots of the first primes.
const primes = (() => { const p = []; for (let n = 2; p.length < 80; n++) if (p.every(q => n % q)) p.push(n); return p; })();
const root = (n, k) => { let lo = 0n, hi = 1n << 80n; while (hi - lo > 1n) { const m = (lo + hi) >> 1n; if (m ** k <= n) lo = m; else hi = m; } return lo; };
const M64 = (1n << 64n) - 1n;
const K512 = primes.map(p => root(BigInt(p) << 192n, 3n) & M64), H512 = primes.slice(0, 8).map(p => root(BigInt(p) << 128n, 2n) & M64);
const K256 = K512.slice(0, 64).map(x => Number(x >> 32n)), H256 = H512.map(x => Number(x >> 32n));
const padded = (b, block, lengthSize) => {
  const n = Math.ceil((b.length + 1 + lengthSize) / block) * block, out = new Uint8Array(n);
  out.set(b); out[b.length] = 0x80; out.set(u64(BigInt(b.length) * 8n), n - 8);
  return out;
};
const rot = (x, n) => (x >>> n | x << 32 - n) >>> 0;
function ownSHA256(b) {
  const p = padded(b, 64, 8), v = new DataView(p.buffer), h = H256.slice(), w = new Uint32Array(64);
  for (let at = 0; at < p.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = v.getUint32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (rot(x, 7) ^ rot(x, 18) ^ x >>> 3) + w[i - 7] + (rot(y, 17) ^ rot(y, 19) ^ y >>> 10);
    }
    let [a, bb, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i++) {
      const t1 = k + (rot(e, 6) ^ rot(e, 11) ^ rot(e, 25)) + (e & f ^ ~e & g) + K256[i] + w[i] | 0;
      const t2 = (rot(a, 2) ^ rot(a, 13) ^ rot(a, 22)) + (a & bb ^ a & c ^ bb & c) | 0;
      k = g; g = f; f = e; e = d + t1 >>> 0; d = c; c = bb; bb = a; a = t1 + t2 >>> 0;
    }
    [a, bb, c, d, e, f, g, k].forEach((x, i) => h[i] = h[i] + x >>> 0);
  }
  return join(...h.map(x => Uint8Array.of(x >>> 24, x >>> 16, x >>> 8, x)));
}
function ownSHA512(b) {
  const p = padded(b, 128, 16), v = new DataView(p.buffer), h = H512.slice();
  const r = (x, n) => (x >> n | x << 64n - n) & M64;
  for (let at = 0; at < p.length; at += 128) {
    const w = [];
    for (let i = 0; i < 16; i++) w[i] = v.getBigUint64(at + i * 8);
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15], y = w[i - 2];
      w[i] = w[i - 16] + (r(x, 1n) ^ r(x, 8n) ^ x >> 7n) + w[i - 7] + (r(y, 19n) ^ r(y, 61n) ^ y >> 6n) & M64;
    }
    let [a, bb, c, d, e, f, g, k] = h;
    for (let i = 0; i < 80; i++) {
      const t1 = k + (r(e, 14n) ^ r(e, 18n) ^ r(e, 41n)) + (e & f ^ (e ^ M64) & g) + K512[i] + w[i];
      const t2 = (r(a, 28n) ^ r(a, 34n) ^ r(a, 39n)) + (a & bb ^ a & c ^ bb & c);
      k = g; g = f; f = e; e = d + t1 & M64; d = c; c = bb; bb = a; a = t1 + t2 & M64;
    }
    [a, bb, c, d, e, f, g, k].forEach((x, i) => h[i] = h[i] + x & M64);
  }
  return join(...h.map(u64));
}
const sha256 = async b => subtle ? new Uint8Array(await subtle.digest("SHA-256", b)) : ownSHA256(b);
// SM3 (GB/T 32905-2016).
const rol = (x, n) => (n %= 32, n ? (x << n | x >>> 32 - n) >>> 0 : x >>> 0);
function sm3(b) {
  const p = padded(b, 64, 8), v = new DataView(p.buffer), w = new Uint32Array(68);
  let h = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e];
  for (let at = 0; at < p.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = v.getUint32(at + i * 4);
    for (let i = 16; i < 68; i++) {
      const x = w[i - 16] ^ w[i - 9] ^ rol(w[i - 3], 15);
      w[i] = x ^ rol(x, 15) ^ rol(x, 23) ^ rol(w[i - 13], 7) ^ w[i - 6];
    }
    let [a, bb, c, d, e, f, g, k] = h;
    for (let i = 0; i < 64; i++) {
      const s1 = rol(rol(a, 12) + e + rol(i < 16 ? 0x79cc4519 : 0x7a879d8a, i) >>> 0, 7), s2 = s1 ^ rol(a, 12);
      const t1 = (i < 16 ? a ^ bb ^ c : a & bb | a & c | bb & c) + d + s2 + (w[i] ^ w[i + 4]) >>> 0;
      const t2 = (i < 16 ? e ^ f ^ g : e & f | ~e & g) + k + s1 + w[i] >>> 0;
      d = c; c = rol(bb, 9); bb = a; a = t1; k = g; g = rol(f, 19); f = e; e = (t2 ^ rol(t2, 9) ^ rol(t2, 17)) >>> 0;
    }
    h = [a, bb, c, d, e, f, g, k].map((x, i) => (x ^ h[i]) >>> 0);
  }
  return join(...h.map(x => Uint8Array.of(x >>> 24, x >>> 16, x >>> 8, x)));
}
const digests = { "sha256/1": sha256, "sm3/1": async b => sm3(b), "sm3/2": async b => sm3(b) }; // 2: the sealed part too

// --- Ed25519 (RFC 8032) ------------------------------------------------------
const P = (1n << 255n) - 19n, L = (1n << 252n) + 27742317777372353535851937790883648493n;
const mod = (x, m = P) => (x %= m) < 0n ? x + m : x;
const power = (x, n) => { let r = 1n; for (x = mod(x); n; n >>= 1n, x = x * x % P) if (n & 1n) r = r * x % P; return r; };
const D = mod(-121665n * power(121666n, P - 2n)), I = power(2n, (P - 1n) / 4n);
const little = b => b.reduceRight((n, x) => n << 8n | BigInt(x), 0n);
function point(b) {
  const y = little(b) & (1n << 255n) - 1n;
  if (y >= P) return null;
  const u = mod(y * y - 1n), v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * I);
  if (mod(v * x * x) !== u) return null;
  if ((x & 1n) !== BigInt(b[31] >> 7)) x = mod(-x);
  return [x, y, 1n, mod(x * y)];
}
function plus([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2)), b = mod((y1 + x1) * (y2 + x2)), c = mod(2n * D * t1 * t2), d = mod(2n * z1 * z2);
  const e = b - a, f = d - c, g = d + c, h = b + a;
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}
const times = (n, p) => { let r = [0n, 1n, 1n, 0n]; for (; n; n >>= 1n, p = plus(p, p)) if (n & 1n) r = plus(r, p); return r; };
const BASE = point(Uint8Array.from({ length: 32 }, (_, i) => i ? 0x66 : 0x58));
function ownEd25519(key, sig, msg) {
  const a = point(key), s = little(sig.slice(32));
  if (!a || s >= L || sig.length !== 64) return false;
  const h = little(ownSHA512(join(sig.slice(0, 32), key, msg))) % L;
  const [x, y, z] = plus(times(s, BASE), times(h, [mod(-a[0]), a[1], a[2], mod(-a[3])]));
  const i = power(z, P - 2n), out = mod(y * i) | (mod(x * i) & 1n) << 255n;
  return out === little(sig.slice(0, 32));
}
async function ed25519(key, sig, msg) {
  if (subtle) {
    let k = null;
    try { k = await subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]); } catch { /* an older browser */ }
    if (k) return subtle.verify({ name: "Ed25519" }, k, sig, msg);
  }
  return ownEd25519(key, sig, msg);
}

// --- the ZIP, in the one way that it may be written ---------------------------
const crcTable = Uint32Array.from({ length: 256 }, (_, n) => { for (let i = 0; i < 8; i++) n = n & 1 ? n >>> 1 ^ 0xedb88320 : n >>> 1; return n; });
const crc32 = b => { let c = ~0; for (let i = 0; i < b.length; i++) c = c >>> 8 ^ crcTable[(c ^ b[i]) & 255]; return ~c >>> 0; };
const le = (n, size) => Uint8Array.from({ length: size }, (_, i) => Math.floor(n / 256 ** i) % 256);
const header = e => join(Uint8Array.of(20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0), le(e.crc, 4), le(e.data.length, 4), le(e.data.length, 4), le(e.name.length, 2), le(0, 2));
function unzip(b) {
  const torn = what => fail(`文件的结构不对（${what}）：不是完整的案卷，或被改动过。`);
  const v = new DataView(b.buffer, b.byteOffset, b.length), entries = [];
  let at = 0;
  for (; at + 30 <= b.length && v.getUint32(at, true) === 0x04034b50; entries.length) {
    const size = v.getUint32(at + 18, true), n = v.getUint16(at + 26, true), start = at + 30 + n;
    if (n > 512 || start + size > b.length) torn("文件头");
    const e = { name: b.slice(at + 30, start), crc: v.getUint32(at + 14, true), data: b.subarray(start, start + size), at };
    if (!same(join(utf8.encode("PK\x03\x04"), header(e)), b.subarray(at, at + 30))) torn("文件头");
    e.path = text(e.name);
    if (/[\x00-\x1f\x7f\\:\ufffd]/.test(e.path) || e.path.split("/").some(p => p === "" || p === "." || p === "..")) torn("文件名");
    entries.push(e);
    at = start + size;
  }
  const central = join(...entries.map(e => join(utf8.encode("PK\x01\x02\x14\x00"), header(e), new Uint8Array(10), le(e.at, 4), e.name)));
  const end = join(utf8.encode("PK\x05\x06\x00\x00\x00\x00"), le(entries.length, 2), le(entries.length, 2), le(central.length, 4), le(at, 4), le(0, 2));
  if (!same(join(central, end), b.subarray(at))) torn("目录");
  return entries;
}

// --- signed notes, the tree, the chain ----------------------------------------
async function readKey(line) {
  const [name, id, ...rest] = line.replace(/\n$/, "").split("+"), key = unbase64(rest.join("+"));
  const sum = await sha256(join(utf8.encode(name + "\n"), key));
  if (key.length !== 33 || key[0] !== 1 || hex(sum.slice(0, 4)) !== id) fail("公钥不能读取：文件被改动过。");
  return { name, id: sum.slice(0, 4), key: key.slice(1) };
}
async function openNote(bytes, key, what) {
  const msg = text(bytes), cut = msg.lastIndexOf("\n\n\u2014 ");
  const m = cut < 0 ? null : /^\u2014 (\S+) (\S+)\n$/.exec(msg.slice(cut + 2));
  if (!m || m[1] !== key.name) fail(`${what}的签名不对：被改动过。`);
  const sig = unbase64(m[2]), body = msg.slice(0, cut + 1);
  if (sig.length !== 68 || !same(sig.slice(0, 4), key.id) || !await ed25519(key.key, sig.slice(4), utf8.encode(body))) fail(`${what}的签名不对：被改动过，或不是用这把公钥对应的密钥签署的。`);
  return body;
}
async function rootOf(proof, lo, hi, n, leaf) {
  if (lo + 1 === hi) return proof.length ? fail("证明过长") : leaf;
  if (!proof.length) fail("证明不全");
  const last = proof[proof.length - 1], rest = proof.slice(0, -1);
  let k = 1;
  while (k * 2 < hi - lo) k *= 2;
  const left = n < lo + k, inner = left ? await rootOf(rest, lo, lo + k, n, leaf) : await rootOf(rest, lo + k, hi, n, leaf);
  return sha256(left ? join(Uint8Array.of(1), inner, last) : join(Uint8Array.of(1), last, inner));
}
async function eventSum(e) {
  const put = s => { const b = utf8.encode(s); return join(u64(b.length), b); };
  const digest = digests[e.alg] || fail("未知的摘要算法 " + e.alg);
  return hex(await digest(join(put("xiaobao event"), put(e.alg), put(e.stream), put(e.kind), put(e.by), u64(e.version), u64(e.micros), unhex(e.sealed_sum), unhex(e.prev), put(e.body))));
}
async function checkEvents(lines, stream, cp, found) {
  const events = lines.map(JSON.parse);
  let prev = "0".repeat(64);
  if (!events.length) found.push("案卷里没有记录。");
  for (const [i, e] of events.entries()) {
    const bad = what => found.push(`第 ${i + 1} 条记录${what}`);
    if (e.stream !== stream || e.version !== i + 1) bad("的顺序或所属不对：有记录被取走、增加或调换。");
    if (new Date(Math.floor(e.micros / 1000)).toISOString().slice(0, 23) !== e.at.slice(0, 23) || String(e.micros).slice(-3) !== e.at.slice(23, 26)) bad("的时间前后不一。");
    if (await eventSum(e) !== e.hash) bad("的内容与摘要不符：被改动过。");
    if (e.prev !== prev) bad("没有接在上一条之后。");
    prev = e.hash;
    try {
      if (e.leaf < 0 || e.leaf >= cp.size) fail("位置");
      const leaf = await sha256(join(Uint8Array.of(0), unhex(e.hash)));
      if (!same(await rootOf(e.proof.map(unbase64), 0, cp.size, e.leaf, leaf), cp.root)) fail("根");
    } catch { bad("不在检查点所证明的总账里。"); }
  }
  return events;
}

// --- the whole file -----------------------------------------------------------
async function verify(bytes) {
  const entries = unzip(bytes), found = [], file = name => (entries.find(e => e.path === name) || fail(`案卷里缺少 ${name}。`)).data;
  if (!entries.length || entries[0].path !== "manifest.txt") fail("案卷里没有清单。");
  const key = await readKey(text(file("public-key.txt")));
  const lines = (await openNote(file("manifest.txt"), key, "清单")).split("\n");
  if (lines[0] !== "xiaobao case file/1" || lines[8] !== "" || lines.pop() !== "") fail("清单的格式不对。");
  const [, origin, stream, number, variant, at, by, size] = lines, listed = lines.slice(9);
  if (listed.length !== entries.length - 1) fail(`案卷里有 ${entries.length - 1} 个文件，清单上是 ${listed.length} 个：有文件被增加或取走。`);
  const sums = [];
  for (const [i, e] of entries.entries()) {
    const sum = hex(await sha256(e.data));
    if (crc32(e.data) !== e.crc || i && listed[i - 1] !== `${sum} ${e.data.length} ${e.path}`) found.push(`文件“${e.path}”的内容与清单不符：被改动过。`);
    sums.push(sum);
  }
  const note = (await openNote(file("checkpoint.txt"), key, "检查点")).split("\n");
  const cp = { size: Number(note[1]), root: unbase64(note[2]), at: note[3] };
  if (note[0] !== origin || note[0] !== key.name || note[1] !== size) found.push("检查点不是清单所说的那一个。");
  const events = await checkEvents(text(file("events.jsonl")).split("\n").filter(Boolean), stream, cp, found);
  const papers = entries.map((e, i) => ({ name: e.path, sum: sums[i] })).filter(e => /^(originals|letters)\//.test(e.name));
  for (const p of papers) if (!events.some(e => e.body.includes(`"${p.sum}"`))) found.push(`文件“${p.name}”没有登记在这件投诉的记录里。`);
  const sealed = new Map(events.filter(e => !/^0*$/.test(e.sealed_sum)).map(e => [e.version, e.sealed_sum]));
  let opened = 0;
  if (variant === "clear") for (const p of JSON.parse(text(file("opened.json")))) {
    opened++;
    if (sealed.get(p.version) !== p.sealed_sum) found.push(`opened.json 里第 ${p.version} 条记录的密封部分与记录不符。`);
  }
  const print = hex(await sha256(utf8.encode(text(file("public-key.txt")).trim()))).slice(0, 32).match(/.{4}/g).join(" ");
  return { found, facts: [["投诉编号", number], ["出具系统", origin], ["公钥指纹", print], ["导出时间", local(at)], ["导出人", by], ["内容", variant === "clear" ? "含个人信息、文书与附件原件" : "个人信息已隐去"],
    ["记录", `${events.length} 条${found.length ? "" : "，全部在总账中"}（检查点 ${cp.size} 条，签署于 ${local(cp.at)}）`], ["密封部分", `${sealed.size} 份，其中 ${opened} 份随卷给出`], ["文书与附件", `${papers.length} 份${found.length ? "" : "，均有登记"}`]], events };
}

// local writes an instant as people in China read it; what is no instant stays as it is.
function local(at, zone = "（北京时间）") {
  const t = new Date(Date.parse(at) + 8 * 3600e3);
  return isNaN(t) ? at : t.toISOString().slice(0, 19).replace("T", " ") + zone;
}

// --- the page -------------------------------------------------------------------
const $ = id => document.getElementById(id);
const cell = (tag, s) => { const c = document.createElement(tag); c.textContent = s; return c; };
function show(state, title, list, facts = [], events = []) {
  const v = $("verdict");
  v.dataset.state = state;
  v.hidden = false;
  $("title").textContent = title;
  $("found").replaceChildren(...list.map(s => cell("li", s)));
  $("facts").replaceChildren(...facts.flatMap(([k, s]) => [cell("dt", k), cell("dd", s)]));
  $("events").hidden = !events.length;
  $("rows").replaceChildren(...events.map(e => { const r = document.createElement("tr"); r.append(cell("td", e.version), cell("td", local(e.at, "")), cell("td", e.kind), cell("td", e.by), cell("td", e.hash.slice(0, 16) + "…")); return r; }));
  v.focus();
}
async function take(file) {
  show("busy", "正在核对……", [file.name]);
  try {
    const r = await verify(new Uint8Array(await file.arrayBuffer()));
    if (r.found.length) show("bad", "没有通过：案卷被改动过", r.found, r.facts);
    else show("ok", "通过：案卷完整，未被改动", ["请把公钥指纹与出具机构公布的指纹核对；一致，才说明案卷确由该机构的系统出具。"], r.facts, r.events);
  } catch (err) {
    show("bad", "没有通过：案卷被改动过，或不是案卷", [err.message]);
  }
}
$("file").addEventListener("change", e => e.target.files[0] && take(e.target.files[0]));
addEventListener("dragover", e => e.preventDefault());
addEventListener("drop", e => { e.preventDefault(); if (e.dataTransfer.files[0]) take(e.dataTransfer.files[0]); });
