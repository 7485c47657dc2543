import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../helpers/cli.ts'

export interface Position {
  readonly line: number
  readonly character: number
}

export interface Problem {
  readonly message: string
  readonly range: { readonly start: Position; readonly end: Position }
}

/** The language server that VS Code's YAML extension runs, with one folder open. */
export interface LanguageServer {
  /** Shows a text to the server as the content of a file, and gives what it finds wrong with it. */
  open(path: string, text: string): Promise<readonly Problem[]>
  /** What it offers at a point, by label. */
  completion(path: string, position: Position): Promise<readonly string[]>
  hover(path: string, position: Position): Promise<string>
  close(): Promise<void>
}

/** How long an answer may take on a loaded machine, in ms. */
const PATIENCE_MS = 60_000

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly uri?: string; readonly diagnostics?: readonly Problem[]; readonly items?: unknown[] }
  readonly result?: unknown
}

export async function startLanguageServer(folder: string): Promise<LanguageServer> {
  const child = spawn(process.execPath, [
    join(root, 'node_modules/yaml-language-server/bin/yaml-language-server'),
    '--stdio',
  ])
  const listeners = new Set<(message: Message) => void>()
  readMessages(child, (message) => {
    // It asks for its settings; having none of its own, it follows the modeline.
    if (message.method !== undefined && message.id !== undefined) {
      const result = message.method === 'workspace/configuration' ? (message.params?.items ?? []).map(() => null) : null
      send({ id: message.id, result })
    }
    for (const listener of listeners) listener(message)
  })
  let last = 0
  const uriOf = (path: string) => pathToFileURL(join(folder, path)).href

  function send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message })
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`)
  }

  function next(what: string, isMeant: (message: Message) => boolean): Promise<Message> {
    return new Promise((found, failed) => {
      const limit = setTimeout(() => failed(new Error(`the language server never answered: ${what}`)), PATIENCE_MS)
      const listener = (message: Message) => {
        if (!isMeant(message)) return
        clearTimeout(limit)
        listeners.delete(listener)
        found(message)
      }
      listeners.add(listener)
    })
  }

  async function request(method: string, params: object): Promise<unknown> {
    last += 1
    const id = last
    const answer = next(method, (message) => message.id === id && message.method === undefined)
    send({ id, method, params })
    return (await answer).result
  }

  const rootUri = pathToFileURL(folder).href
  const capabilities = { textDocument: { completion: { completionItem: { snippetSupport: true } }, hover: {} } }
  await request('initialize', { processId: process.pid, rootUri, capabilities, workspaceFolders: [] })
  send({ method: 'initialized', params: {} })

  return {
    async open(path, text) {
      const uri = uriOf(path)
      const found = next(`problems of ${path}`, ({ method, params }) => {
        return method === 'textDocument/publishDiagnostics' && params?.uri === uri
      })
      send({
        method: 'textDocument/didOpen',
        params: { textDocument: { uri, languageId: 'yaml', version: 1, text } },
      })
      return (await found).params?.diagnostics ?? []
    },
    async completion(path, position) {
      const params = { textDocument: { uri: uriOf(path) }, position }
      const result = (await request('textDocument/completion', params)) as { items: readonly { label: string }[] }
      return result.items.map(({ label }) => label)
    },
    async hover(path, position) {
      const result = await request('textDocument/hover', { textDocument: { uri: uriOf(path) }, position })
      return JSON.stringify((result as { contents?: unknown } | null)?.contents ?? null)
    },
    async close() {
      await request('shutdown', {})
      const ended = new Promise((resolve) => child.once('close', resolve))
      send({ method: 'exit' })
      await ended
    },
  }
}

/** Messages stand behind a head that tells their length in bytes. */
function readMessages(child: ChildProcessWithoutNullStreams, take: (message: Message) => void): void {
  let rest = Buffer.alloc(0)
  child.stdout.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const start = rest.indexOf('\r\n\r\n') + 4
      const length = Number(/Content-Length: (\d+)/.exec(rest.subarray(0, start).toString())?.[1])
      if (start < 4 || Number.isNaN(length) || rest.length < start + length) return
      const text = rest.subarray(start, start + length).toString()
      rest = rest.subarray(start + length)
      take(JSON.parse(text))
    }
  })
}
