import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FAULT_PARSERS, parseFaults } from '../../src/emulator/faults/parse-faults.ts'
import { root } from '../helpers/cli.ts'

test('a fault is a name with an optional value; several are combined', () => {
  expect(parseFaults([])).toEqual({})
  expect(parseFaults(['refuse=429:2', 'close=40:1011', 'stall', 'late-deltas', 'refuse-setting=model'])).toEqual({
    refuseUpgrade: { status: 429, times: 2 },
    closeAfter: { events: 40, code: 1_011, times: 1 },
    stallResponses: 1,
    lateDeltas: true,
    refuseParam: 'session.model',
  })
  expect(parseFaults(['fail=3', 'ping', 'close=5'])).toMatchObject({ failResponses: 3, pingEveryMs: 1_000 })
})

test.each([
  ['refuse', 'the fault refuse is given as refuse=<status>, or refuse=<status>:<times>'],
  ['refuse=200', 'the fault refuse is given as refuse=<status>, or refuse=<status>:<times>'],
  ['refuse=429:0', 'the fault refuse is given as refuse=<status>, or refuse=<status>:<times>'],
  ['close=0', 'the fault close is given as close=<events>, or close=<events>:<code>'],
  ['stall=0', 'the fault stall is given as stall, or stall=<times>'],
  ['stall=1:2', 'the fault stall is given as stall, or stall=<times>'],
  ['ping=soon', 'the fault ping is given as ping, or ping=<seconds>'],
  ['late-deltas=1', 'the fault late-deltas is given as late-deltas alone'],
])('%s is refused with the ways to write it', (order, sentence) => {
  expect(parseFaults([order])).toBe(sentence)
})

test.each(['constructor', 'late', ''])('an unknown fault, %j, is refused with the list of known ones', (name) => {
  expect(parseFaults([name])).toBe(`there is no fault "${name}"; there are: ${Object.keys(FAULT_PARSERS).join(', ')}`)
})

test('close takes the codes that a connection can be closed with, and no other', () => {
  const isTaken = (code: number) => typeof parseFaults([`close=3:${code}`]) !== 'string'
  expect([1_000, 1_003, 1_006, 1_014, 3_000, 4_999].filter((code) => !isTaken(code))).toEqual([])
  expect([999, 1_004, 1_005, 1_015, 1_016, 2_000, 2_999, 5_000].filter(isTaken)).toEqual([])
})

test('docs/emulator.md lists each fault, in this order', () => {
  const page = readFileSync(join(root, 'docs/emulator.md'), 'utf8')
  expect([...page.matchAll(/^\| `([a-z-]+)/gm)].map((match) => match[1])).toEqual(Object.keys(FAULT_PARSERS))
})
