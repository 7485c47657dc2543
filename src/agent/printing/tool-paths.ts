import type { Agent } from '../agent.ts'

/** Places of the author's files, by path. */
type Places = Agent['places']

/** Where a setting of an entry of the file's `tools` stands in the agent, which holds tools and servers apart. Other paths are the same. */
export function agentPath(places: Places, path: string): string {
  const [, digits = '', rest = ''] = /^tools\[(\d+)\](.*)$/s.exec(path) ?? []
  if (digits === '') return path
  const index = Number(digits)
  const servers = serversBefore(places, index)
  if (isServer(places, index)) return `servers[${servers}]${rest.replace(/^\.mcp\b/, '.reach')}`
  return `tools[${index - servers}]${rest.replace(/^\.http\b/, '')}`
}

function serversBefore(places: Places, index: number): number {
  return Array.from({ length: index }, (_, before) => before).filter((before) => isServer(places, before)).length
}

function isServer(places: Places, index: number): boolean {
  return places.has(`tools[${index}].mcp`)
}
