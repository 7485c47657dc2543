import type { Agent } from '../../agent/agent.ts'
import type { Place } from '../../agent/findings/diagnostic.ts'
import type { Tool } from '../../agent/tool.ts'

/** Where a setting is in the author's files; for one left out, its nearest parent that is there. */
export function placeOf(agent: Agent, field: string): Place | null {
  for (let path = field; path !== ''; path = parent(path)) {
    const place = agent.places.get(path)
    if (place !== undefined) return place
  }
  return null
}

/** The path of a sent tool by its position in the file, where entries for a server's tools do not count: those are not sent themselves. */
export function fieldInFile(agent: Agent, field: string): string {
  const [, sent, rest = ''] = /^tools\[(\d+)\](.*)$/s.exec(field) ?? []
  if (sent === undefined) return field
  let left = Number(sent)
  for (let index = 0; agent.places.has(`tools[${index}]`); index += 1) {
    if (agent.places.has(`tools[${index}].mcp`)) continue
    if (left === 0) return `tools[${index}]${rest}`
    left -= 1
  }
  return 'tools'
}

/** The entry in the file that a tool comes from: its own, or that of its server. */
export function entryOfTool(agent: Agent, tool: Tool): string {
  return tool.kind === 'mcp'
    ? entryOfServer(agent, tool.server.name)
    : fieldInFile(agent, `tools[${agent.tools.findIndex(({ name }) => name === tool.name)}]`)
}

/** The entry of a server in the file's tools. */
export function entryOfServer({ servers, places }: Agent, name: string): string {
  let before = servers.findIndex((server) => server.name === name)
  for (let index = 0; places.has(`tools[${index}]`); index += 1) {
    if (!places.has(`tools[${index}].mcp`)) continue
    if (before === 0) return `tools[${index}]`
    before -= 1
  }
  return 'tools'
}

function parent(path: string): string {
  const end = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['))
  return end < 0 ? '' : path.slice(0, end)
}
