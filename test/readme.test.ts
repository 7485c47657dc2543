import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { projectCopy, root } from './helpers/cli.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '')
}

function runner(args: readonly string[], cwd = root) {
  return spawnSync(process.execPath, [join(root, 'bin/runner.js'), ...args], { cwd, encoding: 'utf8' })
}

test('the agent file it shows is valid', () => {
  const folder = projectCopy()
  const file = blocks('yaml').find((block) => block.includes('version: 1'))
  writeFileSync(join(folder, 'agents/shown.yaml'), file ?? '')
  expect(runner(['validate', 'agents/shown.yaml'], folder)).toMatchObject({ status: 0, stdout: '1 file, no faults\n' })
})

test('the tool it shows runs', () => {
  const script = blocks('sh').find((block) => block.startsWith('#!/bin/sh'))
  const { status, stdout } = spawnSync('/bin/sh', ['-c', script ?? 'exit 1'], { input: '{}\n', encoding: 'utf8' })
  expect([status, stdout]).toEqual([0, '{"status":"shipped"}\n'])
})

test('its table of commands has exactly those of --help', () => {
  const listed = [...readme.matchAll(/^\| `runner (\w+)/gm)].map((match) => match[1])
  const help = runner(['--help']).stdout.split('Commands:')[1]?.split('Examples:')[0] ?? ''
  expect(listed).toEqual([...help.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]))
})

test('every flag that it names, or the page on serving, exists', () => {
  const help = helpOfAll([])
  const serving = readFileSync(join(root, 'docs/serving.md'), 'utf8')
  const named = new Set([...`${readme}${serving}`.matchAll(/(?<=[\s`])--[a-z][a-z-]+/g)].map((match) => match[0]))
  for (const general of ['--help', '--no-install', ...OF_OTHERS]) named.delete(general)
  expect([...named].filter((flag) => !help.includes(flag))).toEqual([])
})

/** Flags of node, npm and docker. */
const OF_OTHERS = ['--env-file', '--omit', '--init', '--stop-timeout']

/** The help of a command and of all commands below it. */
function helpOfAll(command: readonly string[]): string {
  const help = runner([...command, '--help']).stdout
  const list = help.split('Commands:')[1]?.split('Examples:')[0] ?? ''
  const below = [...list.matchAll(/^ {2}(\w+)/gm)].map((match) => helpOfAll([...command, match[1] ?? '']))
  return [help, ...below].join('')
}

test('the help of each command shows examples whose flags it has, and what its exit codes mean', () => {
  const commands = [...readme.matchAll(/^\| `runner (\w+)/gm)].map((match) => match[1] ?? '')
  for (const command of commands.flatMap((one) => (one === 'tool' ? ['tool list', 'tool run', 'tool check'] : [one]))) {
    const [flags = '', closing = ''] = runner([...command.split(' '), '--help']).stdout.split('Examples:')
    const lines = closing.split('\n').filter((line) => line.includes(`runner ${command}`))
    expect(lines, command).not.toEqual([])
    for (const [flag] of lines.join(' ').matchAll(/(?<=\s)--[a-z-]+/g)) expect(flags, command).toContain(flag)
    expect(closing).toMatch(/\nExit codes: 0 /)
  }
})

test('the package file it tells projects to install is the one that npm pack writes', () => {
  const names = [...readme.matchAll(/\brunner-\d[\w.-]*\.tgz/g)].map(([name]) => name)
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  expect(new Set(names)).toEqual(new Set([`runner-${version}.tgz`]))
})

test('the files it links to exist', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '')
  expect(links.filter((link) => !/^https?:/.test(link) && readFileSync(join(root, link)).length === 0)).toEqual([])
})
