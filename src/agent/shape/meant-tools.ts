import { isMap } from '../is-map.ts'
import type { Meant } from './meant-value.ts'
import { meantWord } from './synonyms.ts'

/** A file of tools by its name. */
const SETTINGS = /^[^\s:]+\.ya?ml$/i

/** What an author means by a map in the place of the list of tools: one tool, or tools by their names. */
export function meantTools(data: unknown): Meant | null {
  if (typeof data === 'string' && SETTINGS.test(data))
    return { rule: 'RV104', what: `is ${JSON.stringify(data)}; a list is wanted`, right: [`[{ include: ${data} }]`] }
  if (!isMap(data)) return null
  const keys = Object.keys(data)
  const [first = '…'] = keys
  const isNamed = keys.length > 0 && keys.every((key) => isMap(data[key]))
  const help = isNamed
    ? `Write each as an entry of a list: - name: ${first}, and the rest of the tool below it.`
    : `Put a "- " before ${first}, and indent the rest of the tool like it.`
  return { rule: 'RV104', what: 'is a map; a list is wanted', right: [], help }
}

/** The same for a word in the place of one tool. */
export function meantTool(data: unknown): Meant | null {
  if (typeof data !== 'string' || data === '') return null
  const what = `is ${JSON.stringify(data)}; a map is wanted`
  const control = meantWord(data, 'control', ['end_call', 'set_voice'])
  if (control !== null) return { rule: 'RV104', what, right: [`{ control: ${control} }`] }
  if (SETTINGS.test(data)) return { rule: 'RV104', what, right: [`{ include: ${data} }`] }
  const isPath = data.includes('/')
  const help = isPath
    ? `Write - name: …, description: …, run: ${data}.`
    : `Write - name: ${data}, with description: and run: below it.`
  return { rule: 'RV104', what, right: [], help }
}
