/** Everything that comes until the end, or one byte more than the limit: enough to know that it is too much. */
export async function readStream(input: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of input) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length > bytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax + 1)
}
