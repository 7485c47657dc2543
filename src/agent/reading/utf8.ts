import { isAscii } from 'node:buffer'

/** Bytes of a file as text; without `text`, why they are none, and how far they could be read. */
type Decoded =
  | { readonly text: string }
  | { readonly text?: undefined; readonly message: string; readonly readable: string }

/** Made once: each holds a converter outside the heap, which a thousand files would pile up. */
const STRICT = new TextDecoder('utf-8', { fatal: true })
const LENIENT = new TextDecoder('utf-8')

/** Reads bytes as UTF-8; a byte order mark is no part of the text. */
export function decodeUtf8(bytes: Uint8Array): Decoded {
  // Most files are, and a decoder takes longer to be asked than they take to be read.
  if (isAscii(bytes)) return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') }
  try {
    return { text: STRICT.decode(bytes) }
  } catch {
    const [first, second] = bytes
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
    const message = isUtf16 ? 'the file is UTF-16 text' : 'the file is not UTF-8 text'
    const lossy = LENIENT.decode(bytes)
    return { message, readable: isUtf16 ? '' : lossy.slice(0, Math.max(0, lossy.indexOf('\ufffd'))) }
  }
}
