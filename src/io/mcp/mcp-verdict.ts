import type { McpTool } from '../../agent/tool.ts'
import type { Mask } from '../secret-mask.ts'
import { cutMessage, cutOutput } from '../tools/tool-answer.ts'
import { failure, OUTPUT_BYTES_MAX, tooMuchOutput, type Verdict } from '../tools/tool-contract.ts'

/** What a server gives back for a call. */
export interface McpResult {
  readonly content?: readonly unknown[] | undefined
  readonly structuredContent?: unknown
  readonly isError?: boolean | undefined
}

/** What a result means. Everything in the verdict has been masked. */
export function judgeResult(
  result: McpResult,
  mask: Mask,
  { maxOutputBytes }: Pick<McpTool, 'maxOutputBytes'>,
): Verdict {
  const text = textOf(result)
  if (Buffer.byteLength(text) > OUTPUT_BYTES_MAX) return { outcome: tooMuchOutput() }
  if (result.isError === true) {
    return { outcome: failure('failed', cutMessage(mask(text === '' ? 'it failed without a word' : text))) }
  }
  const output = text === '' ? '{"ok":true}' : cutOutput(mask(text), maxOutputBytes)
  return { outcome: { status: 'ok', output } }
}

/** The words of a result, a block each; what is no text is named. Data alone is passed as JSON. */
function textOf({ content = [], structuredContent }: McpResult): string {
  const blocks = content.map((block) => wordsOf(block as Block)).filter((words) => words !== '')
  if (blocks.length > 0) return blocks.join('\n')
  return structuredContent === undefined ? '' : JSON.stringify(structuredContent)
}

interface Block {
  readonly type?: string
  readonly text?: string
  readonly data?: string
  readonly mimeType?: string
  readonly uri?: string
  readonly name?: string
  readonly resource?: {
    readonly uri?: string
    readonly text?: string
    readonly blob?: string
    readonly mimeType?: string
  }
}

function wordsOf(block: Block): string {
  switch (block.type) {
    case 'text':
      return block.text ?? ''
    case 'image':
    case 'audio':
      return `[${block.type}: ${block.mimeType ?? 'unknown'}, ${bytesIn(block.data)} bytes]`
    case 'resource':
      return block.resource?.text ?? `[resource: ${block.resource?.uri ?? ''}, ${bytesIn(block.resource?.blob)} bytes]`
    case 'resource_link':
      return `[resource: ${block.uri ?? ''}${block.name === undefined ? '' : ` (${block.name})`}]`
    default:
      return ''
  }
}

function bytesIn(base64: string | undefined): number {
  return Math.floor(((base64 ?? '').replace(/=+$/, '').length * 3) / 4)
}
