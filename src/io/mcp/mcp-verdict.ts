import type { McpTool } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { judgeFailure, OUTPUT_BYTES_MAX, outcomeOfText, outputFailure, type Verdict } from '../tools/tool-contract.ts'

/** A server's result of a call. */
export interface McpResult {
  readonly content: readonly unknown[]
  readonly isError?: boolean | undefined
}

/** What a result means. Everything in the verdict is masked. */
export function judgeResult(
  result: McpResult,
  mask: Mask,
  { maxOutputBytes }: Pick<McpTool, 'maxOutputBytes'>,
): Verdict {
  const text = textOf(result.content)
  if (Buffer.byteLength(text) > OUTPUT_BYTES_MAX) return { outcome: outputFailure() }
  if (result.isError === true) return judgeFailure('failed', text, mask)
  return { outcome: outcomeOfText(text, mask, { output: 'text', maxOutputBytes }) }
}

/** The text of a result's content, one block per line; other blocks are named. */
export function textOf(content: readonly unknown[]): string {
  const texts = content.map((block) => textOfBlock(Object(block)))
  return texts.filter((text) => text !== '').join('\n')
}

/** A block as the server sends it, which may be anything. */
interface Block {
  readonly type?: unknown
  readonly text?: unknown
  readonly data?: unknown
  readonly mimeType?: unknown
  readonly uri?: unknown
  readonly name?: unknown
  readonly resource?: unknown
}

function textOfBlock({ type, text, data, mimeType, uri, name, resource }: Block): string {
  switch (type) {
    case 'text':
      return stringIn(text) ?? ''
    case 'image':
    case 'audio':
      return `[${type}: ${stringIn(mimeType) ?? 'unknown'}, ${bytesIn(data)} bytes]`
    case 'resource': {
      const { uri, text, blob }: { readonly [key: string]: unknown } = Object(resource)
      return stringIn(text) ?? `[resource: ${stringIn(uri) ?? 'unknown'}, ${bytesIn(blob)} bytes]`
    }
    case 'resource_link':
      return `[resource: ${stringIn(uri) ?? 'unknown'}${stringIn(name) === null ? '' : ` (${stringIn(name)})`}]`
    default:
      return `[${(stringIn(type) ?? 'unknown').slice(0, TYPE_CHARACTERS_MAX)}]`
  }
}

/** The longest name shown of an unknown kind of block, in characters. */
const TYPE_CHARACTERS_MAX = 64

function stringIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function bytesIn(base64: unknown): number {
  return Math.floor(((stringIn(base64) ?? '').replace(/=+$/, '').length * 3) / 4)
}
