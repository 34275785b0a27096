# A second reader of Tallystick's governed formats, written from docs/protocols alone: Python's standard library and libsodium
# through ctypes. It shares no code with the tool. As a module it also writes packages, for senders that lie.
# SPDX-License-Identifier: Apache-2.0
import ctypes, ctypes.util, hashlib, hmac, json, struct, sys

name = ctypes.util.find_library("sodium")
if name is None:
    print("SKIPPED: no libsodium for ctypes", file=sys.stderr)
    sys.exit(77)
na = ctypes.CDLL(name)
if na.sodium_init() < 0:
    sys.exit("libsodium does not start")
ull = ctypes.c_ulonglong


def b2(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def signed_text(domain, data):
    return struct.pack("<I", len(domain)) + domain.encode() + b2(data)


def verify(key, domain, data, signature):
    text = signed_text(domain, data)
    return len(signature) == 64 and na.crypto_sign_verify_detached(signature, text, ull(len(text)), key) == 0


# docs/protocols/paper.md, log.md, ledger.md
def paper(path, domain):
    text = open(path, "rb").read()
    body, _, trailer = text.rpartition(b"\nsignature ")
    assert body and trailer.endswith(b"\n"), path + ": no paper"
    key, signature = (bytes.fromhex(x.decode()) for x in trailer.split())
    assert verify(key, "tally/v1/sign/" + domain, body, signature), path + ": its signature does not hold"
    return json.loads(body), key, b2(body)


def log(path, key, kind="log"):
    previous, n = bytes(32), 0
    for line in open(path, "rb").read().splitlines():
        body, _, signature = line.rpartition(b" ")
        assert verify(key, "tally/v1/sign/%s entry" % kind, body, bytes.fromhex(signature.decode())), "entry %d" % (n + 1)
        entry = json.loads(body)
        n += 1
        assert entry["n"] == n and bytes.fromhex(entry["previous"]) == previous, "entry %d" % n
        previous = b2(line)
    return n, previous


# docs/protocols/identity.md: a box under a passphrase
def unbox(path, passphrase, context, secret_len):
    lines = open(path).read().splitlines()
    box = bytes.fromhex(lines[-1].split()[1])
    passes, memory = struct.unpack_from("<II", box)
    assert len(box) == 48 + secret_len + 16
    key, out = ctypes.create_string_buffer(32), ctypes.create_string_buffer(secret_len)
    assert na.crypto_pwhash(key, ull(32), passphrase, ull(len(passphrase)), box[8:24], ull(passes),
                            ctypes.c_size_t(memory * 1024), 2) == 0
    ad = box[:48] + context
    rc = na.crypto_aead_xchacha20poly1305_ietf_decrypt(out, None, None, box[48:], ull(len(box) - 48), ad, ull(len(ad)),
                                                       box[24:48], key.raw)
    assert rc == 0, path + ": the box does not open"
    return out.raw


def identity(folder, passphrase):
    both = unbox(folder + "/identity.key", passphrase, b"tally/v1/identity box", 64)
    return both[:32], both[32:]


def unseal_key(path, agreement, passphrase):
    return unbox(path, passphrase, b"tally/v1/unseal " + b2(agreement)[:16].hex().encode(), 32)


# docs/protocols/ceremony.md
def own_opening(path, agreement, passphrase):
    """The owner's contribution and blind, and its secret answer key."""
    secret = unbox(path, passphrase, b"tally/v1/ceremony " + b2(agreement)[:16].hex().encode(), 96)
    return secret[:64], secret[64:]


def commitment_value(agreement, card, opening):
    domain = b"tally/v1/ceremony commitment"
    return b2(struct.pack("<I", len(domain)) + domain + b2(agreement) + card + opening)


def open_answer(sealed, sender, secret):
    """An opening sealed from the answer key of ${sender}."""
    out = ctypes.create_string_buffer(64)
    assert len(sealed) == 24 + 64 + 16
    rc = na.crypto_box_open_easy(out, sealed[24:], ull(80), sealed[:24], sender, secret)
    assert rc == 0, "an opening does not open"
    return out.raw


def kdf(key, *parts):
    """HKDF-SHA-256 of docs/protocols/encodings.md, 32 bytes."""
    info = b"".join(struct.pack("<I", len(p)) + p for p in (b"tally/v1",) + parts)
    prk = hmac.new(b"", key, hashlib.sha256).digest()
    return hmac.new(prk, info + b"\x01", hashlib.sha256).digest()


# docs/protocols/package.md
CHUNK, MORE = 65536, 17


def padme(n):
    if n < 2:
        return n
    e = n.bit_length() - 1
    s = e.bit_length()
    mask = (1 << (e - s)) - 1
    return (n + mask) & ~mask


def package(data):
    assert data[:8] == b"TALLYPKG", "no package"
    version, length = struct.unpack_from("<II", data, 8)
    assert version == 1 and length <= 16384
    key, signature = data[16:48], data[-64:]
    assert verify(key, "tally/v1/sign/package", data[:-64], signature), "the signature does not hold"
    manifest = json.loads(data[48:48 + length])
    return manifest, key, data[48 + length:-64], b2(data[:-64])


def open_package(data, secret):
    manifest, key, stream, digest = package(data)
    public, stream_key = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    na.crypto_scalarmult_base(public, secret)
    sealed = bytes.fromhex(manifest["sealed_key"])
    assert na.crypto_box_seal_open(stream_key, sealed, ull(len(sealed)), public.raw, secret) == 0, "sealed to another"
    state = ctypes.create_string_buffer(na.crypto_secretstream_xchacha20poly1305_statebytes())
    assert na.crypto_secretstream_xchacha20poly1305_init_pull(state, stream[:24], stream_key.raw) == 0
    out, at, tag = b"", 24, ctypes.c_ubyte(0)
    while at < len(stream):
        chunk = stream[at:at + CHUNK + MORE]
        plain = ctypes.create_string_buffer(max(1, len(chunk) - MORE))
        assert tag.value == 0 and na.crypto_secretstream_xchacha20poly1305_pull(
            state, plain, None, ctypes.byref(tag), chunk, ull(len(chunk)), None, ull(0)) == 0, "the stream is damaged"
        out += plain.raw[:len(chunk) - MORE]
        at += len(chunk)
    assert tag.value == 3, "the stream has no end"
    length, = struct.unpack_from("<Q", out)
    assert len(out) == padme(length + 8) and not any(out[8 + length:]), "padding"
    return manifest, key, out[8:8 + length], digest


def forge(manifest, content, seed, seal_to):
    """A package as its sender would make it, of any content and with any manifest."""
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
    na.crypto_sign_seed_keypair(public, secret, seed)
    key, header = ctypes.create_string_buffer(32), ctypes.create_string_buffer(24)
    na.crypto_secretstream_xchacha20poly1305_keygen(key)
    sealed = ctypes.create_string_buffer(80)
    na.crypto_box_seal(sealed, key.raw, ull(32), seal_to)
    state = ctypes.create_string_buffer(na.crypto_secretstream_xchacha20poly1305_statebytes())
    na.crypto_secretstream_xchacha20poly1305_init_push(state, header, key.raw)
    inside = struct.pack("<Q", len(content)) + content
    inside += bytes(padme(len(inside)) - len(inside))
    stream = header.raw
    for at in range(0, len(inside), CHUNK):
        part = inside[at:at + CHUNK]
        out = ctypes.create_string_buffer(len(part) + MORE)
        na.crypto_secretstream_xchacha20poly1305_push(state, out, None, part, ull(len(part)), None, ull(0),
                                                      ctypes.c_ubyte(3 if at + CHUNK >= len(inside) else 0))
        stream += out.raw
    text = json.dumps(dict(manifest, sealed_key=sealed.raw.hex()), indent=2).encode()
    data = b"TALLYPKG" + struct.pack("<II", 1, len(text)) + public.raw + text + stream
    signature = ctypes.create_string_buffer(64)
    message = signed_text("tally/v1/sign/package", data)
    na.crypto_sign_detached(signature, None, message, ull(len(message)), secret.raw)
    return data + signature.raw


# docs/protocols/package.md, Parts
def cut_parts(data, size, mark):
    """The parts that a package is sent in."""
    pieces = [data[at:at + size] for at in range(0, len(data), size)]
    heads = [b"TALLYPRT" + struct.pack("<III", 1, i + 1, len(pieces)) + mark + struct.pack("<Q", len(p)) for i, p in enumerate(pieces)]
    return [h + p + b2(h + p) for h, p in zip(heads, pieces)]


def join_parts(parts):
    """The package of parts in any order."""
    found = {}
    for data in parts:
        assert data[:8] == b"TALLYPRT" and b2(data[:-32]) == data[-32:], "a part is damaged"
        version, number, count = struct.unpack_from("<III", data, 8)
        length, = struct.unpack_from("<Q", data, 36)
        assert version == 1 and 1 <= number <= count and length == len(data) - 44 - 32, "a part's head"
        found[number] = (count, data[20:36], data[44:-32])
    assert len({f[:2] for f in found.values()}) == 1 and sorted(found) == list(range(1, len(parts) + 1)) and len(parts) == \
        found[1][0], "parts are missing, or of two packages"
    return b"".join(found[i][2] for i in sorted(found))


# docs/protocols/container.md
def sections(content):
    """(kind, index) -> bytes of a container, its digests checked."""
    n, = struct.unpack_from("<I", content, 24)
    head = 64 + 64 * n
    assert b2(content[:head]) == content[head:head + 32], "header"
    found = {}
    for i in range(n):
        kind, index, at, size = struct.unpack_from("<IIQQ", content, 64 + 64 * i)
        found[kind, index] = content[at:at + size]
        assert b2(found[kind, index]) == content[64 + 64 * i + 24:64 + 64 * i + 56], "section"
    return found


def container(magic, kind, parts):
    """A container of parts, a list of (kind of section, bytes)."""
    at = 128 + 64 * len(parts)
    table, body = b"", b""
    for what, data in parts:
        padded = data + bytes(-len(data) % 64)
        table += struct.pack("<IIQQ", what, 0, at, len(data)) + b2(data) + bytes(8)
        at, body = at + len(padded), body + padded
    head = magic + struct.pack("<IIQI", 1, kind, at, len(parts)) + bytes(36) + table
    return head + b2(head) + bytes(32) + body
