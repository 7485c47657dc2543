import { isMap } from '../../agent/is-map.ts'
import { parseExactly } from '../../agent/requests/exact-json.ts'
import { blocksOf } from './mcp-schemas.ts'
import { textOf } from './mcp-verdict.ts'

/**
 * A message or a batch in which a result that is structured data alone has it as text too, with each number as the server wrote it: the
 * library would round those beyond 2^53. All else stays what it is.
 */
export function withStructuredText(json: string): string {
  if (!json.includes('"structuredContent"')) return json
  try {
    const messages: unknown = parseExactly(json)
    return JSON.stringify(Array.isArray(messages) ? messages.map(withText) : withText(messages))
  } catch {
    return json
  }
}

function withText(message: unknown): unknown {
  if (!isMap(message) || !isMap(message.result)) return message
  const { structuredContent, content } = message.result
  if (structuredContent === undefined || textOf(blocksOf(content)) !== '') return message
  const text = { type: 'text', text: JSON.stringify(structuredContent) }
  return { ...message, result: { ...message.result, content: [text] } }
}
