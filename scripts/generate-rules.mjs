// Writes docs/rules.md from the rule table, and src/generated/wrong-examples.js from the files under test/fixtures/rules. With --check it
// only checks that the page is current.
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

/**
 * The wrong examples by rule: the file and, if there is a folder named like the rule, the other files of its project. A file of the same name
 * in that folder is the version before an edit.
 */
async function wrongExamples() {
  const names = (await readdir(fixtures)).filter((name) => name.endsWith('.bad.yaml')).sort()
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const rule = name.slice(0, 5)
        const text = await readFile(new URL(name, fixtures), 'utf8')
        const file = /^# file (.*)$/m.exec(text)?.[1] ?? 'desk.yaml'
        const around = await filesBeside(rule)
        const beside = around.map((each) => ({ ...each, title: each.file === file ? 'Before' : `With ${each.file}` }))
        const isEdit = around.some((each) => each.file === file)
        const where = file === 'desk.yaml' ? '' : `, as ${file}`
        const wrong = { title: isEdit ? 'Wrong, saved while the agent runs' : `Wrong${where}`, yaml: exampleText(text) }
        return [rule, [...beside.map(({ title, yaml }) => ({ title, yaml })), wrong]]
      }),
    ),
  )
}

async function filesBeside(rule) {
  const folder = new URL(`${rule}/`, fixtures)
  const names = (await readdir(folder).catch(() => [])).sort()
  return Promise.all(
    names.map(async (file) => ({ file, yaml: exampleText(await readFile(new URL(file, folder), 'utf8')) })),
  )
}

/** The text without the comments that only the test reads. */
function exampleText(text) {
  const lines = text.split('\n').filter((line) => !/^# (fault at|file) /.test(line))
  const whole = lines.join('\n')
  return whole.length > 1_000 ? `${whole.slice(0, 200)}…\n` : whole
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
    `interface Example {
  readonly title: string
  readonly yaml: string
}
export declare const wrongExamples: { readonly [rule: string]: readonly Example[] | undefined }
`,
  )
}

function pageOf(wrong) {
  const ids = Object.keys(RULES).sort()
  const head = [
    '# Rules',
    '',
    'Every fault that `runner validate` reports, by its id. An id never changes its meaning. `runner validate` ends with 1 where there is an',
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
    return [...title, ...sectionOf(id, wrong[id] ?? [])]
  })
  return `${[...head, ...sections].join('\n').trimEnd()}\n`
}

function levelOf(id) {
  const { level, mayBeLowered, isOptional } = RULES[id]
  if (isOptional) return `${level}, where a project asks for it`
  return mayBeLowered ? `${level}, may be lowered` : level
}

function sectionOf(id, examples) {
  const { title, help, validExample, noInvalidExample } = RULES[id]
  const block = ({ title: word, yaml }) => [`${word}:`, '', '```yaml', yaml.trimEnd(), '```', '']
  return [
    `### ${id}`,
    '',
    `**${title}** (${levelOf(id)})`,
    '',
    help,
    '',
    ...examples.flatMap(block),
    ...(noInvalidExample === undefined ? [] : [`No file is wrong by itself: ${noInvalidExample}`, '']),
    ...(validExample === undefined ? [] : block({ title: 'Right', yaml: validExample })),
  ]
}
