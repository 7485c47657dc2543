import { afterEach, expect, test } from 'vitest'
import { type Cli, type Line, linesOf, projectWhereWordsInterrupt, runner } from '../helpers/cli.ts'

const open: Cli[] = []

afterEach(() => {
  for (const cli of open.splice(0)) cli.child.kill('SIGKILL')
})

/** A program that talks to an agent which words interrupt, and not a voice alone. */
function talk(): Cli {
  const cwd = projectWhereWordsInterrupt(300)
  const cli = runner(['start', 'agents/support.yaml', '--jsonl', '--offline'], { cwd })
  open.push(cli)
  return cli
}

/** Sound of the caller: so many ms of a tone, then silence until turn detection has found the end of it. */
function make(cli: Cli, ms: number): void {
  const samples = (length: number, amplitude: number) =>
    Int16Array.from({ length: length * 24 }, (_, index) => Math.round(amplitude * Math.sin(index / 9)))
  for (const sound of [samples(200, 0), samples(ms, 9_000), samples(800, 0)])
    cli.type(JSON.stringify({ type: 'audio', audio: Buffer.from(sound.buffer).toString('base64') }))
}

const shown = (lines: readonly Line[]) =>
  lines.flatMap(({ type, state }) => {
    if (type === 'agent.playback' || type === 'caller.speech') return [`${type} ${state}`]
    return type === 'agent.heard' || type === 'agent.transcript' ? [type] : []
  })

test('a cough pauses and resumes the agent, and words interrupt it', async () => {
  const cli = talk()
  await cli.shows(/"agent\.transcript"/)
  cli.type(JSON.stringify({ type: 'text', text: 'tell me about yourself' }))
  await cli.shows(/"agent\.transcript"[^\n]*"turn":1/)
  const before = linesOf(cli.stdout()).length
  make(cli, 160)
  await cli.shows(/"agent\.playback"[^\n]*"resumed"/)
  expect(shown(linesOf(cli.stdout()).slice(before))).toEqual([
    'caller.speech started',
    'agent.playback paused',
    'caller.speech stopped',
    'agent.playback resumed',
  ])
  const between = linesOf(cli.stdout()).length
  make(cli, 1_200)
  await cli.shows(/"agent\.heard"[^\n]*"turn":1/)
  expect(shown(linesOf(cli.stdout()).slice(between)).slice(0, 4)).toEqual([
    'caller.speech started',
    'agent.playback paused',
    'caller.speech stopped',
    'agent.heard',
  ])
  cli.type(JSON.stringify({ type: 'stop' }))
  expect(await cli.ended).toBe(0)
})
