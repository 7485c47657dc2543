import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  createJournalFile,
  journalFolderFault,
  LINE_CHARACTERS_MAX,
  readJsonLines,
} from '../../src/io/storage/journal.ts'
import { openJournal } from '../../src/runner/journals/journal-reader.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'runner-journal-'))

async function read(path: string) {
  const lines: unknown[] = []
  for await (const line of readJsonLines(path)) lines.push('bad' in line ? `bad ${line.number}` : line.value)
  return lines
}

test('a line is in the file before write returns, and only the owner can read the file', () => {
  const file = createJournalFile(folder(), 'one', { first: 1 })
  file.write({ a: 1 })
  expect(readFileSync(file.path, 'utf8')).toBe('{"first":1}\n{"a":1}\n')
  expect(statSync(file.path).mode & 0o777).toBe(0o600)
  file.close()
})

test('sync flushes to the disk, and rejects if that fails', async () => {
  const file = createJournalFile(folder(), 'one', {})
  await file.sync()
  file.close()
  await expect(file.sync()).rejects.toMatchObject({ code: 'EBADF', syscall: 'fdatasync' })
})

test('a file moved away while open, as by log rotation, receives the further lines', () => {
  const file = createJournalFile(folder(), 'one', { first: 1 })
  const moved = join(folder(), 'moved.jsonl')
  renameSync(file.path, moved)
  file.write({ a: 1 })
  file.close()
  expect(readFileSync(moved, 'utf8')).toBe('{"first":1}\n{"a":1}\n')
})

test('an existing file is never overwritten', () => {
  const where = folder()
  createJournalFile(where, 'one', {}).close()
  expect(() => createJournalFile(where, 'one', {})).toThrow(/EEXIST/)
})

/** How often a writer is killed; JOURNAL_KILLS=200 for more moments. */
const KILLS = Number(process.env.JOURNAL_KILLS ?? 8)
/** A writer is killed at any time up to this one after its first line, in ms: it writes hundreds of lines meanwhile. */
const KILLED_WITHIN_MS = 30

/** Writes lines of all lengths up to 2 MB, and tells of each that was written. */
const WRITER = `
  import { createJournalFile } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/io/storage/journal.ts'))}
  const file = createJournalFile(process.argv[1], 'one', { n: 0 })
  for (let n = 1; ; n += 1) {
    file.write({ n, text: 'ä👩'.repeat(n % 50 === 0 ? 300_000 : n % 7) })
    process.stdout.write(n + '\\n')
  }`

test('a process killed at any moment while it writes loses no line it had written, and leaves at most one in part', async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const where = folder()
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', WRITER, where])
    const ended = once(child, 'close')
    const output: Buffer[] = []
    child.stdout.on('data', (text: Buffer) => output.push(text))
    await once(child.stdout, 'data')
    await delay((kill / KILLS) * KILLED_WITHIN_MS)
    child.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
    const written = Buffer.concat(output).toString().split('\n').length - 1
    const lines = (await read(join(where, 'one.jsonl'))) as readonly { readonly n: number }[]
    const whole = lines.filter((line) => typeof line !== 'string')
    expect(lines.slice(whole.length)).toEqual(lines.length > whole.length ? [`bad ${lines.length}`] : [])
    expect(whole.map(({ n }) => n)).toEqual([...whole.keys()])
    expect(written).toBeGreaterThan(0)
    expect(whole.length).toBeGreaterThan(written)
  }
})

test('of a file cut at any byte each line before the cut is read', async () => {
  const said = [{ n: 1 }, { text: 'ä👩\u2028"\\' }, { text: '' }]
  const bytes = Buffer.from(said.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const path = join(folder(), 'cut.jsonl')
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    writeFileSync(path, bytes.subarray(0, cut))
    const ends =
      bytes
        .subarray(0, cut + 1)
        .toString('latin1')
        .split('\n').length - 1
    const isWhole = cut === bytes.length || bytes[cut - 1] === 0x0a || bytes[cut] === 0x0a || cut === 0
    expect(await read(path)).toEqual([...said.slice(0, ends), ...(isWhole ? [] : [`bad ${ends + 1}`])])
  }
})

/** The soft limit of a file's size stands in for a disk without room. */
const FULL = `
  import { spawnSync } from 'node:child_process'
  import { createJournalFile } from ${JSON.stringify(resolve(import.meta.dirname, '../../src/io/storage/journal.ts'))}
  const limit = (bytes) => spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':unlimited'])
  const file = createJournalFile(process.argv[1], 'one', { line: 1 })
  limit(15)
  try { file.write({ line: 2 }) } catch (error) { console.log(error.code) }
  limit('unlimited')
  file.write({ line: 3 })`

test.skipIf(process.platform !== 'linux')('a line cut off by a full disk does not corrupt the next one', async () => {
  const where = folder()
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module-typescript', '-e', FULL, where])
  const [output] = await once(child.stdout.setEncoding('utf8'), 'data')
  await once(child, 'close')
  expect(output).toBe('EFBIG\n')
  expect(await read(join(where, 'one.jsonl'))).toEqual([{ line: 1 }, 'bad 2', { line: 3 }])
})

test('a line that is cut off or not JSON is reported by number, and the others are read', async () => {
  const path = join(folder(), 'cut.jsonl')
  writeFileSync(path, '{"a":1}\n\nnot json\r\n{"a":2}\r\n{"a":')
  expect(await read(path)).toEqual([{ a: 1 }, 'bad 3', { a: 2 }, 'bad 5'])
})

test('a line over the length limit is reported by number, and the others are read', async () => {
  const path = join(folder(), 'one.jsonl')
  const words = (length: number) => JSON.stringify('x'.repeat(length - 2))
  const [longest, longer] = [words(LINE_CHARACTERS_MAX), words(LINE_CHARACTERS_MAX + 1)]
  writeFileSync(path, `1\n${longest}\n${longer}\n4\n`)
  const lines = await read(path)
  expect(lines.map((line) => (line === JSON.parse(longest) ? 'longest' : line))).toEqual([1, 'longest', 'bad 3', 4])
})

test.skipIf(process.platform !== 'linux')('an endless file without line breaks is rejected as a journal', async () => {
  expect(await openJournal('/dev/zero')).toMatch(/^\/dev\/zero is not a journal/)
})

test('neither Unicode line separators in text nor chunk boundaries split a line', async () => {
  const path = join(folder(), 'long.jsonl')
  const said = [{ text: 'one\u2028two\u2029three\u0085four' }, { text: 'ä👩'.repeat(60_000) }, { text: 'five' }]
  writeFileSync(path, said.map((line) => JSON.stringify(line)).join('\n'))
  expect(await read(path)).toEqual(said)
})

test('a journal folder that cannot be used is reported with the reason, and none is made yet', () => {
  const where = folder()
  writeFileSync(join(where, 'file'), '')
  symlinkSync(join(where, 'nothing'), join(where, 'link'))
  expect(journalFolderFault(join(where, 'new', 'deep'))).toBe(null)
  expect(journalFolderFault(join(where, 'file'))).toMatch(/is not a folder$/)
  expect(journalFolderFault('')).toBe('an empty name')
  expect(journalFolderFault(join(where, 'file', 'below'))).toMatch(/is not a folder$/)
  expect(journalFolderFault(join(where, 'link'))).toMatch(/is not a folder$/)
  expect(readdirSync(where)).toEqual(['file', 'link'])
})

test('the folder of journals is made with the first one, readable only by its owner', () => {
  const where = join(folder(), 'new', 'deep')
  createJournalFile(where, 'one', {}).close()
  expect(readdirSync(where)).toEqual(['one.jsonl'])
  expect(statSync(where).mode & 0o777).toBe(0o700)
})

test.skipIf(process.getuid?.() === 0)(
  'a read-only journal folder is reported (skipped as root, who may write anywhere)',
  () => {
    const where = folder()
    chmodSync(where, 0o500)
    expect(journalFolderFault(where)).toMatch(/may not be written to$/)
    expect(journalFolderFault(join(where, 'below'))).toMatch(/may not be written to$/)
  },
)
