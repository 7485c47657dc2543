import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { type AgentReadResult, type LoadedAgent, readAgent } from '../../src/io/agent-file.ts'
import { type AgentWatch, watchAgent } from '../../src/io/agent-watch.ts'

/** Time between the two reads that confirm a save, in ms: short, for fast tests. */
export const SETTLE_MS = 60
/** Settle time for saves with pauses in them, in ms: a loaded machine may prolong each pause. */
export const LONG_SETTLE_MS = 1_000
/** A pause within a save, in ms. */
export const SAVE_PAUSE_MS = 20

/** A temporary project whose agent consists of several files that a test may change. */
export interface Project {
  readonly folder: string
  path(name: string): string
}

/** Creates a project whose agent has five files, each with one setting that a test can observe. */
export function createProject(): Project {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'runner-watch-')))
  const path = (name: string) => join(folder, name)
  for (const name of ['agents', 'tools']) mkdirSync(path(name))
  writeFileSync(path('.runner.yaml'), '')
  writeFileSync(path('agents/desk.yaml'), deskYaml('Sarah'))
  writeFileSync(path('agents/_base.yaml'), baseYaml('Be calm.'))
  writeFileSync(path('agents/_tools.yaml'), toolsYaml('Looks up.'))
  writeFileSync(path('agents/prompt.md'), 'Be brief.\n')
  writeFileSync(path('tools/look_up.sh'), '#!/bin/sh\necho\n', { mode: 0o755 })
  return { folder, path }
}

export function deskYaml(voice: string): string {
  return [
    ...['version: 1', 'name: desk', 'extends: ./_base.yaml', `voice: ${voice}`],
    ...['instructions_file: ./prompt.md', 'tools:', '  - include: ./_tools.yaml', ''],
  ].join('\n')
}

export function baseYaml(hint: string): string {
  return `stt:\n  language: en\n  prompt: "${hint}"\n`
}

export function toolsYaml(description: string): string {
  return `- name: look_up\n  description: ${description}\n  run: ../tools/look_up.sh\n  parameters: { type: object }\n`
}

/** The setting of each file, in one line. */
export function summaryOf({ agent }: LoadedAgent): string {
  return [agent.voice, agent.stt.prompt, agent.tools[0]?.description, agent.instructions.trim()].join(' | ')
}

/** The result of a save; `same`: the agent that was loaded last. */
type Kind = AgentReadResult['status'] | 'same'

type SaveOf<Wanted extends Kind> = Wanted extends 'loaded' | 'same'
  ? LoadedAgent
  : Extract<AgentReadResult, { readonly message: string }>

export interface WatchedProject {
  /** The kinds of all saves so far. */
  reported(): readonly Kind[]
  readonly warnings: readonly string[]
  /** Waits for the next save of this kind. */
  until<Wanted extends Kind>(kind: Wanted): Promise<SaveOf<Wanted>>
  readonly watch: AgentWatch
  close(): Promise<void>
}

/** Watches `agents/desk.yaml` of a project, through a link if one is given. */
export async function watchProject(
  { path }: Project,
  { file = path('agents/desk.yaml'), settleMs = SETTLE_MS, pollMs = 100 } = {},
): Promise<WatchedProject> {
  const loaded = await readAgent({ file, purpose: 'start' })
  if (loaded.status !== 'loaded') throw new Error(JSON.stringify(loaded))
  let lastHash = loaded.agent.hash
  const saves: { readonly kind: Kind; readonly read: AgentReadResult }[] = []
  const warnings: string[] = []
  let nextIndex = 0
  let wake = () => {}
  const watch = watchAgent({
    file,
    files: loaded.files,
    settleMs,
    pollMs,
    onSave(read) {
      const hash = read.status === 'loaded' ? read.agent.hash : null
      saves.push({ kind: hash === lastHash ? 'same' : read.status, read })
      lastHash = hash ?? lastHash
      wake()
    },
    onWarning: (message) => warnings.push(message),
  })
  async function next() {
    for (;;) {
      const save = saves[nextIndex]
      if (save !== undefined) {
        nextIndex += 1
        return save
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    warnings,
    watch,
    reported: () => saves.map(({ kind }) => kind),
    async until(kind) {
      for (;;) {
        const save = await next()
        if (save.kind === kind) return save.read as SaveOf<typeof kind>
      }
    },
    close: () => watch.close(),
  }
}

/** Returns a function that watches a new project; all watches end with the tests of the file. */
export function watchBench() {
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends.reverse()) await end()
  })
  return async (options: Parameters<typeof watchProject>[1] = {}, prepare: (project: Project) => void = () => {}) => {
    const created = createProject()
    prepare(created)
    const watch = await watchProject(created, options)
    ends.push(() => removeProject(created), watch.close)
    return { ...created, ...watch }
  }
}

export function replaceFile(path: string, text: string): void {
  const temporary = join(dirname(path), '.new')
  writeFileSync(temporary, text)
  renameSync(temporary, path)
}

/** Waits this many ms. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function removeProject({ folder }: Project): void {
  rmSync(folder, { recursive: true, force: true })
}
