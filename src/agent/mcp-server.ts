import { basename, resolve } from 'node:path'
import type { CallSettings } from './call-settings.ts'
import { variablesIn } from './requests/template.ts'

/** A server of the Model Context Protocol whose tools the agent has. */
export interface McpServer {
  /** What it is called in messages; no two servers of an agent have the same. */
  readonly name: string
  readonly reach: McpReach
  /** The tools that are taken from it; null for all. */
  readonly include: readonly string[] | null
  /** The settings for calls of its tools. The name of this field is part of the stored hash. */
  readonly manners: CallSettings
}

/** How a server is reached: as a process of its own, or at an address. */
export type McpReach =
  | {
      readonly kind: 'command'
      readonly command: readonly string[]
      /** Working directory, absolute. */
      readonly cwd: string
      /** Names of the variables that it sees. */
      readonly env: readonly string[]
      /** Names of the variables whose values stand in `command`. */
      readonly named: readonly string[]
    }
  | {
      readonly kind: 'url'
      readonly url: string
      /** Names of the variables whose values stand in `url`. */
      readonly named: readonly string[]
      /** Values are templates whose variables are read when the server is reached. */
      readonly headers: { readonly [name: string]: string }
      readonly allowPrivate: readonly string[]
    }

/** The value of `mcp:` as its author wrote it. */
export interface McpServerData {
  readonly name?: string
  readonly command?: string | readonly string[]
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly url?: string
  readonly headers?: { readonly [name: string]: string }
  readonly allow_private?: readonly string[]
  readonly include?: readonly string[]
}

export interface McpEntry {
  readonly data: McpServerData
  readonly callSettings: CallSettings
  readonly folder: string
  /** Folder of the file in which a setting of `mcp` stands. */
  readonly folderOf: (setting: 'command' | 'cwd') => string
  /** What the author wrote where the value of a setting came from the environment, else nothing. */
  readonly written: (setting: string) => string
}

/** The servers of a file without faults, each under a name of its own. */
export function buildServers(entries: readonly McpEntry[]): readonly McpServer[] {
  const taken = new Set<string>()
  return entries.map((entry) => {
    const preferred = entry.data.name ?? nameOf(entry)
    let name = preferred
    for (let count = 2; taken.has(name); count += 1) name = `${preferred}-${count}`
    taken.add(name)
    return { name, reach: buildReach(entry), include: entry.data.include ?? null, manners: entry.callSettings }
  })
}

function buildReach({ data, folder, folderOf, written }: McpEntry): McpReach {
  if (data.url !== undefined) {
    const { url, headers = {}, allow_private: allowPrivate = [] } = data
    return { kind: 'url', url, named: variablesIn(written('url')), headers, allowPrivate }
  }
  const [program = '', ...fixed] = commandWords(data)
  return {
    kind: 'command',
    command: [program.includes('/') ? resolve(folderOf('command'), program) : program, ...fixed],
    cwd: data.cwd === undefined ? folder : resolve(folderOf('cwd'), data.cwd),
    env: data.env ?? [],
    named: ['command', 'command[0]', ...fixed.map((_, index) => `command[${index + 1}]`)].flatMap((word) =>
      variablesIn(written(word)),
    ),
  }
}

/** Programs that run others: what they run is the better name. */
const LAUNCHERS = /^(npx|npm|pnpm|yarn|bunx?|deno|node|tsx|uvx?|pipx|python[\d.]*|docker|podman|exec|run|dlx|x|tool)$/

/** Words of a command that name no server: options, and variables that it sets, whose values may be keys. */
const UNNAMING = /^-|^[A-Z][A-Z0-9_]*$|=/

function nameOf({ data, written }: McpEntry): string {
  if (data.url !== undefined) return URL.canParse(data.url) ? new URL(data.url).hostname : 'server'
  const words = commandWords(data).filter(
    (word, index) => !UNNAMING.test(word) && written(`command[${index}]`) === '' && written('command') === '',
  )
  const word = words.find((each) => !LAUNCHERS.test(basename(each))) ?? words[0] ?? 'server'
  return (
    basename(word)
      .replace(/@[^@]*$/, '')
      .replace(/\.[cm]?[jt]s$|\.py$/, '') || 'server'
  )
}

function commandWords({ command }: McpServerData): readonly string[] {
  return typeof command === 'string' ? [command] : (command ?? [])
}
