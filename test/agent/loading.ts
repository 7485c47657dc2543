import type { Diagnostic } from '../../src/agent/findings/diagnostic.ts'
import { type LoadStep, loadAgent } from '../../src/agent/load.ts'
import { createFileStates, type FileState } from '../../src/agent/load-request.ts'
import { compileParameters } from '../../src/agent/parameters.ts'

export type Loaded = Exclude<LoadStep, { status: 'needs' }>

/**
 * Loads one agent file in a small world that is data: a root with a prompt and a script for each thing that can be wrong with one, and the files
 * beside it that a test gives by their names.
 */
export function load(
  content: string | Uint8Array,
  purpose: 'validate' | 'start' = 'validate',
  beside: { readonly [name: string]: string | Uint8Array } = {},
  searchPath: readonly string[] = ['/usr/bin'],
): Loaded {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  const path = '/project/desk.yaml'
  const given = new Map(Object.entries(beside).map(([name, text]) => [`/project/${name}`, text]))
  const files = createFileStates()
  files.set({ path, part: 'whole' }, file(path, bytes))
  let compile = purpose === 'start' ? compileParameters : undefined
  for (let round = 0; round < 64; round += 1) {
    const step = loadAgent({ file: 'desk.yaml', path, purpose, searchPath, env: {}, compile }, files)
    if (step.status !== 'needs') return step
    if (step.compiler) compile = compileParameters
    for (const need of step.paths) {
      const text = given.get(need.path)
      files.set(need, text === undefined ? (FILES.get(need.path) ?? { kind: 'absent' }) : file(need.path, text))
    }
  }
  throw new Error('the load asks for files without end')
}

/** `line:column rule` of each diagnostic. */
export function ruleLines({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] {
  return diagnostics.map(({ range, rule }) => `${range.start.line}:${range.start.column} ${rule}`)
}

const FILES: ReadonlyMap<string, FileState> = new Map<string, FileState>([
  ['/project/locked.yaml', { kind: 'unreadable', message: 'permission denied' }],
  ['/project/pipe', { kind: 'other' }],
  ...[
    file('/project/.git'),
    file('/project/prompt.md', 'Be brief.'),
    file('/outside.md', 'Be brief.'),
    file('/project/tools/fine.sh', '#!/bin/sh\n', 0o755),
    file('/project/tools/plain.sh', '#!/bin/sh\n'),
    file('/project/tools/open.sh', '#!/bin/sh\n', 0o757),
    file('/usr/bin/python3', '\u007fELF\0', 0o755),
    file('/project/shop/quote.py', 'print(1)\n'),
    file('/project/tools/nobody.sh', '#!/usr/bin/env nobody\n', 0o755),
    file('/project/tools/bare.py', 'print(1)\n', 0o755),
    file('/project/tools/crlf.sh', '#!/bin/sh\r\n', 0o755),
    file('/bin/sh', '', 0o755),
    file('/usr/bin/npx', '', 0o755),
    file('/usr/bin/prlimit', '', 0o755),
    file('/project/shop.env', 'TOKEN=x'),
    folder('/project/shop'),
    folder('/elsewhere'),
  ].map((seen) => [seen.realPath, seen] as const),
])

function folder(realPath: string) {
  return { kind: 'directory', realPath } as const
}

function file(realPath: string, content: string | Uint8Array = '', mode = 0o644) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
  return { kind: 'file', bytes, mode, realPath } as const
}
