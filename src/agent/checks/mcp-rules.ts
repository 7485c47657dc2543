import { authorPath, type Path, pointerOf } from '../findings/fault.ts'
import type { McpServerData } from '../mcp-server.ts'
import { argumentsIn } from '../requests/template.ts'
import type { Finding } from './check.ts'
import { addressFaults, duplicateHeaderFaults, templatesOf } from './http-rules.ts'

/** Keys that belong to a server with a command, and to one with a url. */
const COMMAND_KEYS = ['cwd', 'env'] as const
const URL_KEYS = ['headers', 'allow_private'] as const

/** What is wrong with how a server is reached. */
export function mcpFaults(mcp: McpServerData | undefined, path: Path): readonly Finding[] {
  if (mcp === undefined) return []
  const at = [...path, 'mcp']
  const { command, url } = mcp
  const finding = (message: string, help: string, place: Path): Finding => ({
    rule: 'RV515',
    message,
    help,
    path: place,
  })
  if ((command === undefined) === (url === undefined)) {
    const found = command === undefined ? 'has neither command nor url' : 'has both command and url'
    const help = 'A server is started by a command, or reached at a url: keep one.'
    return [{ ...finding(`${authorPath(at)} ${found}`, help, at), dependsOn: [`${pointerOf(at)}/`] }]
  }
  const misplaced = (command === undefined ? COMMAND_KEYS : URL_KEYS).filter((key) => mcp[key] !== undefined)
  const other = command === undefined ? 'command' : 'url'
  return [
    ...misplaced.map((key) => finding(`${authorPath([...at, key])} belongs to a ${other}`, 'Remove it.', [...at, key])),
    ...(url === undefined ? [] : addressFaults(url, mcp.allow_private, at)),
    ...duplicateHeaderFaults(mcp.headers, at),
    ...templatesOf({ url, headers: mcp.headers }, at)
      .filter(([text]) => argumentsIn(text).length > 0)
      .map(([, place]) =>
        finding(
          `${authorPath(place)} places an argument`,
          'A server is reached once, for all calls: write {{ for a brace.',
          place,
        ),
      ),
  ]
}
