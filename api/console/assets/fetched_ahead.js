// What the next case will show is fetched while this one is judged, so that its clip plays as soon as it is opened.
const KEPT = 6;
const LONGEST_BYTES = 40e6;
const kept = new Map(); // url of the centre -> promise of an address in this page, null where it was not fetched

// Begin to fetch, unless it is here already.
export function fetchAhead(url) {
  if (kept.has(url)) return;
  kept.set(url, fetched(url));
  for (const old of [...kept.keys()].slice(0, -KEPT)) {
    kept.get(old).then((address) => address && URL.revokeObjectURL(address));
    kept.delete(old);
  }
}

// Where the page finds it: in its own memory if it was fetched ahead, else at the centre.
export async function addressOf(url) {
  return (await kept.get(url)) || url;
}

async function fetched(url) {
  try {
    const answer = await fetch(url);
    if (!answer.ok || Number(answer.headers.get("Content-Length")) > LONGEST_BYTES) {
      await answer.body.cancel();
      return null;
    }
    return URL.createObjectURL(await answer.blob());
  } catch {
    return null; // the player asks again and says what is wrong
  }
}
