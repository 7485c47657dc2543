import { isMap } from '../../agent/is-map.ts'

/** The shape of a result, in the form the library wants (a "Standard Schema"). */
interface StandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => { value: unknown } | { issues: { message: string }[] }
  }
}

type Fields = { readonly [key: string]: unknown }

/**
 * The library rejects a whole result or list if one part has a form it does not know. These shapes let all parts through; whoever uses a
 * part judges it.
 */
export const LENIENT_SCHEMAS: { readonly [method: string]: StandardSchema | undefined } = {
  'tools/call': schemaOf((result) => ({ ...result, content: blocksOf(result.content) })),
  'tools/list': schemaOf((result) =>
    Array.isArray(result.tools) ? { ...result, tools: result.tools.map(toListedTool) } : null,
  ),
}

/** A result is not lost because a list around it, or a block around its text, is missing. */
export function blocksOf(content: unknown): readonly unknown[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [content ?? []].flat()
}

/** Fills in missing parts of a tool with empty ones, for which it is left out later. */
function toListedTool(listed: unknown): Fields {
  const tool = isMap(listed) ? listed : {}
  const { name, description } = tool
  return {
    ...tool,
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : undefined,
    inputSchema: isMap(tool.inputSchema) ? tool.inputSchema : {},
  }
}

function schemaOf(take: (result: Fields) => Fields | null): StandardSchema {
  const validate = (value: unknown) => {
    const taken = isMap(value) ? take(value) : null
    return taken === null ? { issues: [{ message: 'it has no list' }] } : { value: taken }
  }
  return { '~standard': { version: 1, vendor: 'runner', validate } }
}
