/** G.711 to PCM16 (ITU-T G.711, the 14 or 13 bits of the standard scaled to 16). */
export function decodeG711(bytes: Uint8Array, law: 'pcmu' | 'pcma'): Int16Array {
  const { decoded } = LAWS[law]
  return Int16Array.from(bytes, (code) => decoded[code] ?? 0)
}

/** PCM16 to G.711: for each sample, the code that decodes nearest to it. */
export function encodeG711(samples: Int16Array, law: 'pcmu' | 'pcma'): Uint8Array {
  const { encoded } = LAWS[law]
  const bytes = new Uint8Array(samples.length)
  for (let index = 0; index < samples.length; index += 1) bytes[index] = encoded[(samples[index] ?? 0) + 32_768] ?? 0
  return bytes
}

const LAWS = { pcmu: buildTables(decodeMuLaw), pcma: buildTables(decodeALaw) }

function decodeMuLaw(code: number): number {
  const bits = ~code & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits >> 4) & 0x07)) - 0x84
  return (bits & 0x80) === 0 ? magnitude : -magnitude
}

function decodeALaw(code: number): number {
  const bits = code ^ 0x55
  const exponent = (bits >> 4) & 0x07
  const mantissa = (bits & 0x0f) << 4
  const magnitude = exponent === 0 ? mantissa + 0x08 : (mantissa + 0x108) << (exponent - 1)
  return (bits & 0x80) === 0 ? -magnitude : magnitude
}

/** Both directions as tables; a tie goes to the positive code, so that silence becomes 0xFF (µ-law) or 0xD5 (A-law). */
function buildTables(decode: (code: number) => number): { decoded: Int16Array; encoded: Uint8Array } {
  const decoded = Int16Array.from({ length: 256 }, (_, code) => decode(code))
  const rising = Array.from(decoded, (value, code) => ({ value, code })).sort(
    (one, other) => one.value - other.value || one.code - other.code,
  )
  const encoded = new Uint8Array(65_536)
  let nearest = 0
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    while (distance(rising[nearest + 1], sample) <= distance(rising[nearest], sample)) nearest += 1
    encoded[sample + 32_768] = rising[nearest]?.code ?? 0
  }
  return { decoded, encoded }
}

function distance(entry: { value: number } | undefined, sample: number): number {
  return entry === undefined ? Number.POSITIVE_INFINITY : Math.abs(entry.value - sample)
}
