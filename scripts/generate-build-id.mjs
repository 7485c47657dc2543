// Writes src/generated/build-id.js: what tells one build from another, so that nothing an older one kept is taken for an answer of this one.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'

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
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`)
  const rootPath = root.pathname
  return paths
    .map((path) => path.slice(path.startsWith(rootPath) ? rootPath.length : 0))
    .filter((path) => !path.startsWith('src/generated/'))
    .sort()
}
