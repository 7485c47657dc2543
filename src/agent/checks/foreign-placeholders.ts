import { authorPath, type Path } from '../findings/fault.ts'
import { asSchema } from '../parameters/schemas-in.ts'
import type { Finding } from './check.ts'

/** Placeholders of an argument in the syntax of other tools: `{{id}}`, `{ id }`, `<id>`, and `/:id` in an address. */
const FORMS =
  /(?<!\{)\{\{\s*([A-Za-z_][\w-]*)\s*\}\}(?!\})|(?<![{$])\{\s+([A-Za-z_][\w-]*)\s*\}(?!\})|<([A-Za-z_][\w-]*)>|(?<=[^/:]\/):([A-Za-z_][\w-]*)(?=[/?]|$)/g

/** Placeholders in the syntax of other tools: a request sends them as text. */
export function foreignPlaceholderFaults(
  templates: readonly (readonly [template: string, path: Path])[],
  parameters: unknown,
  at: Path,
): readonly Finding[] {
  const known = Object.keys(asSchema(asSchema(parameters).properties))
  return templates.flatMap(([template, path]): readonly Finding[] => {
    const isBody = path[at.length] === 'body'
    for (const { 0: found, 1: doubled, 2: spaced, 3: angular, 4: colon } of template.matchAll(FORMS)) {
      const name = doubled ?? spaced ?? angular ?? colon ?? ''
      const isKnown = known.includes(name)
      if (!isKnown && (isBody || doubled === undefined)) continue
      const message = `${authorPath(path)} holds ${found}, which places no argument`
      if (!isKnown) {
        const help = `Declare ${name} under parameters, and write {${name}}.`
        return [{ rule: 'RV521', message, help, path }]
      }
      const right = JSON.stringify(template.replaceAll(found, `{${name}}`))
      return [{ rule: 'RV521', message, help: `Write {${name}}.`, suggest: [right], path }]
    }
    return []
  })
}
