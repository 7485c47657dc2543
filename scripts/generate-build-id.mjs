// Writes src/generated/build-id.js, an id of this build, so that results cached by an older build are not used.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const hash = createHash('sha256')
for (const path of ['package-lock.json', ...(await filesUnder('src')), ...(await filesUnder('schemas'))])
  hash.update(path).update(await readFile(new URL(path, root)))
await mkdir(new URL('src/generated/', root), { recursive: true })
await writeFile(
  new URL('src/generated/build-id.js', root),
  `export const BUILD_ID = '${hash.digest('hex').slice(0, 16)}'\n`,
)
await writeFile(new URL('src/generated/build-id.d.ts', root), 'export declare const BUILD_ID: string\n')

async function filesUnder(folder) {
  const entries = await readdir(new URL(`${folder}/`, root), { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(fileURLToPath(root), `${parentPath}/${name}`))
    .filter((path) => !path.startsWith('src/generated/'))
    .sort()
}
