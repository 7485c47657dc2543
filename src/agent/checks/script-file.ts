import { dirname, isAbsolute, join, resolve } from 'node:path'
import { findNearPath, helpWithNearPath } from '../composition/near-paths.ts'
import { pathProblem } from '../composition/path-problem.ts'
import { escapesRoot, isInside } from '../composition/root.ts'
import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { FileQuery, LoadContext } from '../load-request.ts'
import { formatValue, yamlWord } from '../printing/format-value.ts'
import { quoteForShell } from '../printing/quote-for-shell.ts'
import type { RuleId } from '../rules.ts'

/** The result of a check that reads files: files it still needs, or faults. */
export interface FileCheck {
  readonly needs: readonly FileQuery[]
  readonly faults: readonly Fault[]
}

const PASSED: FileCheck = { needs: [], faults: [] }

/** The help for a shell line: as a list of its words, if it has no shell syntax. */
function listHelp(line: string): string {
  const isPlain = /^[\w@./:=-]+( [\w@./:=-]+)+$/.test(line) && line.length <= LINE_CHARACTERS_MAX
  const words = line.split(' ').map((word) => yamlWord(word))
  if (isPlain)
    return `This is one program and no shell line: write [${words.join(', ')}], or put the line into a script.`
  return 'This is one program and no shell line: write a list such as [node, look.mjs], or put the line into a script.'
}

/** How long a line may be that is repeated in the help, in characters. */
const LINE_CHARACTERS_MAX = 80

function isShellLine(program: string): boolean {
  return /[\s|&;<>$`"']/.test(program)
}

/** Checks a script without running it: the operating system says only `ENOENT` for most faults. `what` names its purpose. */
export function checkScript(
  what: 'tool' | 'mcp' | 'hook',
  run: unknown,
  runPath: Path,
  context: LoadContext,
): FileCheck {
  const program = typeof run === 'string' ? run : Array.isArray(run) ? run[0] : undefined
  if (typeof program !== 'string' || run === '') return PASSED
  const path: Path = Array.isArray(run) ? [...runPath, 0] : runPath
  const at = () => ({ place: context.parsed.placeOf(path, 'value'), pointer: pointerOf(path), text: program })
  if (program.trim() === '') {
    const message = `${authorPath(runPath)} begins with no program`
    return failed({ rule: 'RV501', message, help: 'Name the program first, then its arguments.', ...at() })
  }
  if (!program.includes('/')) return checkBareName(program, at, context)
  const absolute = resolve(context.parsed.folderOf(path), program)
  const need = { path: absolute, part: 'head' } as const
  const seen = context.files.get(need)
  if (seen === undefined) return { needs: [need], faults: [] }
  const fail = (rule: RuleId, fault: string, help: string): FileCheck => {
    const named = isShellLine(program) ? formatValue(program) : program
    return failed({ rule, message: `${what} script ${named} ${fault}`, help, ...at() })
  }
  const problem = pathProblem(program, seen.kind)
  if (problem !== null) return fail('RV501', problem.what, problem.help)
  if (escapesRoot(program, context.parsed.folderOf(path), context.root))
    return fail('RV202', `lies outside ${context.root}`, 'Keep every file of an agent inside its project.')
  if (seen.kind === 'absent' && isShellLine(program)) return fail('RV501', 'is missing', listHelp(program))
  const file = () => (isAbsolute(program) ? program : join(dirname(context.parsed.fileOf(path)), program))
  if (seen.kind === 'absent') {
    const folder = context.parsed.folderOf(path)
    const found = findNearPath({ writtenPath: program, folder, kind: 'script', self: context.request.path }, context)
    if (found.needs.length > 0) return { needs: found.needs, faults: [] }
    const help = `Create ${file()}, or correct the path; it is relative to the file that names it.`
    return failed({
      rule: 'RV501',
      message: `${what} script ${program} is missing`,
      ...helpWithNearPath(found.near, help),
      ...at(),
    })
  }
  if (seen.kind === 'unreadable')
    return fail('RV501', `cannot be read: ${seen.message}`, 'Give the runner the right to read it.')
  if (seen.kind !== 'file') return fail('RV501', 'is no regular file', 'Name the script itself.')
  if (!isAbsolute(program) && !isInside(seen.realPath, context.root)) {
    return fail('RV202', `lies outside ${context.root}`, 'Keep every file of an agent inside its project.')
  }
  if ((seen.mode & 0o111) === 0) return fail('RV502', 'is not executable', `Run: chmod +x ${quoteForShell(file())}`)
  const shebang = checkShebang(
    Buffer.from(seen.bytes.buffer, seen.bytes.byteOffset, seen.bytes.byteLength).toString('latin1'),
    { program, context, fail },
  )
  if ((seen.mode & 0o002) === 0) return shebang
  const open = fail('RV518', 'may be changed by anybody', `Run: chmod o-w ${quoteForShell(file())}`)
  return { needs: shebang.needs, faults: [...shebang.faults, ...open.faults] }
}

function failed(fault: Fault): FileCheck {
  return { needs: [], faults: [fault] }
}

interface ShebangContext {
  readonly program: string
  readonly context: LoadContext
  readonly fail: (rule: RuleId, what: string, help: string) => FileCheck
}

/** The first line names the interpreter; `env` looks one up on the PATH. */
function checkShebang(head: string, { program, context, fail }: ShebangContext): FileCheck {
  const line = /^#!([^\n]*)/.exec(head)?.[1] ?? ''
  if (line.endsWith('\r'))
    return fail('RV504', 'has a first line that ends in CRLF', 'Save the script with LF line ends.')
  const words = line.split(/\s+/).filter((word) => word !== '')
  const isEnv = words[0]?.endsWith('/env') === true
  const name = isEnv ? words.slice(1).find((word) => !word.startsWith('-') && !word.includes('=')) : words[0]
  if (name === undefined) {
    if (isCompiled(head)) return PASSED
    const help = `Begin it with the line ${shebangFor(program)}`
    return asWarningAtStart(fail('RV503', 'names no interpreter in its first line', help), context)
  }
  const found = findProgram(name, context)
  if (found.needs.length > 0) return found
  if (found.exists) return PASSED
  const check = fail(
    'RV503',
    `wants ${name}, which is not on this machine`,
    `Install ${name}, or change the script's first line.`,
  )
  return asWarningAtStart(check, context)
}

/** Whether a file is for the system itself to run: unlike text, such a file holds bytes that are zero. */
function isCompiled(head: string): boolean {
  return head.includes('\0')
}

/** The first line that a script of this name wants. */
function shebangFor(program: string): string {
  if (program.endsWith('.py')) return '#!/usr/bin/env python3'
  return /\.[cm]?[jt]s$/.test(program) ? '#!/usr/bin/env node' : '#!/bin/sh'
}

function checkBareName(
  program: string,
  at: () => Pick<Fault, 'place' | 'pointer' | 'text'>,
  context: LoadContext,
): FileCheck {
  const found = findProgram(program, context)
  if (found.needs.length > 0) return found
  if (found.exists) return PASSED
  const isLine = isShellLine(program)
  const named = isLine ? formatValue(program) : program
  const problem = pathProblem(program, 'absent')
  if (problem !== null)
    return failed({ rule: 'RV501', message: `${named} ${problem.what}`, help: problem.help, ...at() })
  const help = isLine
    ? listHelp(program)
    : `Install ${program}, or write ./${program} if it lies beside the agent file.`
  const fault: Fault = {
    rule: 'RV503',
    message: `there is no program ${named} on the PATH`,
    help,
    ...at(),
  }
  return asWarningAtStart({ needs: [], faults: [fault] }, context)
}

function asWarningAtStart(check: FileCheck, { request }: LoadContext): FileCheck {
  if (request.purpose !== 'start') return check
  return { ...check, faults: check.faults.map((fault) => ({ ...fault, level: 'warning' })) }
}

/** Whether a program is on this machine, or the files that are needed to know. */
export function findProgram(
  name: string,
  { request, files }: LoadContext,
): { exists: boolean; needs: readonly FileQuery[]; faults: readonly Fault[] } {
  const paths = name.includes('/') ? [name] : request.searchPath.map((folder) => join(folder, name))
  const candidates = paths.map((path) => ({ path, part: 'stat' }) as const)
  const needs = candidates.filter((need) => files.get(need) === undefined)
  return { exists: candidates.some((need) => files.get(need)?.kind === 'file'), needs, faults: [] }
}
