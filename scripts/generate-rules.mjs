// Writes docs/rules.md from the rule table, and src/generated/wrong-examples.js from the files under test/fixtures/rules. With --check it
// only says whether the page is current.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { RULES } from '../src/agent/rules.ts'

const root = new URL('..', import.meta.url)
const page = new URL('docs/rules.md', root)
const fixtures = new URL('test/fixtures/rules/', root)

const GROUPS = {
  RV0: 'Reading',
  RV1: 'Shape',
  RV2: 'References',
  RV3: 'Voice',
  RV4: 'Secrets',
  RV5: 'Tools',
  RV6: 'Prompt',
  RV7: 'Conversation',
  RV9: 'Reload',
}

const wrong = await wrongExamples()
const text = pageOf(wrong)
if (process.argv.includes('--check')) {
  if ((await readFile(page, 'utf8').catch(() => '')) !== text) {
    process.stderr.write('docs/rules.md is not what the rule table says: run npm run fix\n')
    process.exitCode = 1
  }
} else if (process.argv.includes('--page')) await writeFile(page, text)
else await writeModule()

async function wrongExamples() {
  const names = (await readdir(fixtures)).filter((name) => name.endsWith('.bad.yaml'))
  const entries = names.map(async (name) => {
    const lines = (await readFile(new URL(name, fixtures), 'utf8')).split('\n')
    const shown = lines.filter((line) => !line.startsWith('# fault at ')).join('\n')
    return [name.slice(0, 5), shown.length > 1_000 ? `${shown.slice(0, 200)}…\n` : shown]
  })
  return Object.fromEntries((await Promise.all(entries)).sort(([one], [other]) => (one < other ? -1 : 1)))
}

async function writeModule() {
  const generated = new URL('src/generated/', root)
  await mkdir(generated, { recursive: true })
  await writeFile(
    new URL('wrong-examples.js', generated),
    `export const wrongExamples = ${JSON.stringify(wrong, null, 2)}\n`,
  )
  await writeFile(
    new URL('wrong-examples.d.ts', generated),
    'export declare const wrongExamples: { readonly [rule: string]: string | undefined }\n',
  )
}

function pageOf(wrong) {
  const ids = Object.keys(RULES).sort()
  const head = [
    '# Rules',
    '',
    'Every fault that `runner validate` tells, by its id. An id never changes its meaning. `runner validate` ends with 1 where there is an',
    'error; `--fail-on warning`, or `note`, makes it stricter.',
    '',
    'A project gives a rule another level in `.runner.yaml`, in its root: `error`, `warning`, `note` or `off`. Errors without which no agent',
    'can be built safely stay errors; the others are marked in the table.',
    '',
    '```yaml',
    'rules: { RV503: warning, RV401: note }',
    '```',
    '',
    'One place is passed over by a comment with a reason, behind the setting or on the line above it:',
    '',
    '```yaml',
    '# runner-ignore RV401: an example, and nobody’s key',
    'x-example: sk-0123456789abcdefABCDEF',
    '```',
    '',
    '| rule | level | |',
    '| --- | --- | --- |',
    ...ids.map((id) => `| [${id}](#${id.toLowerCase()}) | ${levelOf(id)} | ${RULES[id].title} |`),
    '',
  ]
  let group = ''
  const sections = ids.flatMap((id) => {
    const title = GROUPS[id.slice(0, 3)] === group ? [] : [`## ${GROUPS[id.slice(0, 3)]}`, '']
    group = GROUPS[id.slice(0, 3)]
    return [...title, ...sectionOf(id, wrong[id])]
  })
  return `${[...head, ...sections].join('\n').trimEnd()}\n`
}

function levelOf(id) {
  const { level, mayBeLowered, isOptional } = RULES[id]
  if (isOptional) return `${level}, where a project asks for it`
  return mayBeLowered ? `${level}, may be lowered` : level
}

function sectionOf(id, example) {
  const { title, help, right } = RULES[id]
  const block = (word, yaml) => [`${word}:`, '', '```yaml', yaml.trimEnd(), '```', '']
  return [
    `### ${id}`,
    '',
    `**${title}** (${levelOf(id)})`,
    '',
    help,
    '',
    ...(example === undefined ? [] : block('Wrong', example)),
    ...(right === undefined ? [] : block('Right', right)),
  ]
}
