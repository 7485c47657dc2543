/** What a result has to be, as the library wants it told (a "Standard Schema"). */
interface Shape {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => { value: unknown } | { issues: { message: string }[] }
  }
}

type Fields = { readonly [key: string]: unknown }

/**
 * The library refuses the whole of a result, or of a list, for one part that is not as it knows it. By these the parts are let through: what
 * is wrong with one is judged, and told, by whoever uses it.
 */
export const RESULT_SHAPES: { readonly [method: string]: Shape | undefined } = {
  'tools/call': shapeOf((result) => ({ ...result, content: blocksOf(result.content) })),
  'tools/list': shapeOf((result) =>
    Array.isArray(result.tools) ? { ...result, tools: result.tools.map(asTool) } : null,
  ),
}

/** What was done is not lost for want of a list around it, or of a block around words. */
function blocksOf(content: unknown): readonly unknown[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : [content ?? []].flat()
}

/** A tool that lacks what makes one has it empty, and is left out for that. */
function asTool(listed: unknown): Fields {
  const tool = fieldsOf(listed) ?? {}
  const { name, description } = tool
  return {
    ...tool,
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : undefined,
    inputSchema: fieldsOf(tool.inputSchema) ?? {},
  }
}

function shapeOf(take: (result: Fields) => Fields | null): Shape {
  const validate = (value: unknown) => {
    const result = fieldsOf(value)
    const taken = result === null ? null : take(result)
    return taken === null ? { issues: [{ message: 'it has no list' }] } : { value: taken }
  }
  return { '~standard': { version: 1, vendor: 'runner', validate } }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}
