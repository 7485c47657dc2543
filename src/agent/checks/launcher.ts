import { authorPath, type Fault, type Path, pointerOf } from '../findings/fault.ts'
import type { ParsedFile } from '../reading/parsed-file.ts'
import { valueText } from '../value-text.ts'

/** Programs that find or build another one each time they start, by their name and first argument. */
const LAUNCHERS =
  /^(npx|bunx|uvx|pnpx|(npm|pnpm|yarn|bun) (exec|dlx|x|run)|(uv|pipx|poetry|hatch|pdm|rye|go|cargo|dotnet|docker|podman) run|nix (run|shell))$/

/** A tool that is run through such a launcher. */
export function checkLauncher(tool: unknown, index: number, parsed: ParsedFile): readonly Fault[] {
  const { run } = Object(tool) as { readonly run?: unknown }
  const [program, word] = Array.isArray(run) ? run : [run]
  if (typeof program !== 'string') return []
  const name = program.slice(program.lastIndexOf('/') + 1)
  const launcher = [name, `${name} ${valueText(word)}`].find((each) => LAUNCHERS.test(each))
  if (launcher === undefined) return []
  const path: Path = ['tools', index, 'run']
  const message = `${authorPath(path)} goes through ${launcher}, which takes its time at each call`
  const help = 'Install or build the program beforehand, and run it itself.'
  return [
    { rule: 'RV510', message, help, place: parsed.placeOf(path, 'value'), pointer: pointerOf(path), text: launcher },
  ]
}
