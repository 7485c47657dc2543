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
  if (isUtf16(bytes)) return { message: 'the file is UTF-16 text', readable: '' }
  // Most files are, and a decoder takes longer to be asked than they take to be read.
  if (isAscii(bytes)) return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') }
  try {
    return { text: STRICT.decode(bytes) }
  } catch {
    const lossy = LENIENT.decode(bytes)
    return { message: 'the file is not UTF-8 text', readable: lossy.slice(0, Math.max(0, lossy.indexOf('\ufffd'))) }
  }
}

/** Whether bytes begin with the byte order mark of UTF-16, or with half of a letter in it. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (first === 0) !== (second === 0)
}
