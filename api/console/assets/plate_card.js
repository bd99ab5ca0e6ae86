// The plate in the open case: its characters, what stands in the slot (the field for a person's own read), the pictures that show it, every read.
export default {
  template: `
    <div class="mt-plate">
      <div class="mt-section">{{ words.plate }}</div>
      <div class="mt-plate-text">
        <template v-if="card.characters.length">
          <div class="mt-plate-signs" role="img" :aria-label="card.text">
            <template v-for="(each, i) in card.characters" :key="i">
              <div v-if="each.confidence === null" class="mt-sign-between">{{ each.sign }}</div>
              <div v-else :class="{ 'mt-sign': true, weak: each.weak }">
                <div class="mt-sign-letter">{{ each.sign }}</div>
                <div class="mt-sign-confidence">{{ each.confidence }}</div>
              </div>
            </template>
          </div>
          <div v-if="card.about" class="mt-plate-about">{{ card.about }}</div>
          <div v-if="card.weak_places" class="mt-plate-weak">{{ words.weak_characters }}: {{ card.weak_places }}</div>
        </template>
        <template v-else>
          <div class="mt-plate-none">{{ words.unread }}</div>
          <div :class="card.stands_out ? 'mt-plate-weak' : 'mt-plate-reason'">{{ card.reason }}</div>
        </template>
      </div>
      <slot></slot>
      <div v-if="card.pictures.length" class="mt-plate-pictures">
        <div v-for="(group, i) in [card.pictures.filter((each) => !each.full), card.pictures.filter((each) => each.full)]" :key="i"
             :class="i === 0 ? 'mt-plate-crops' : 'mt-contents'">
          <figure v-for="(each, j) in group" :key="j" class="mt-plate-picture">
            <div class="mt-plate-frame">
              <a :href="each.url" target="_blank" rel="noopener"><img :src="each.url" :alt="each.full ? words.plate_full : words.plate_crop"></a>
              <div v-if="each.mark" class="mt-plate-mark" :style="each.mark"></div>
            </div>
            <figcaption>
              <div class="mt-still-title">{{ each.full ? words.plate_full : words.plate_crop }}</div><div>{{ each.at }}</div>
            </figcaption>
          </figure>
        </div>
      </div>
      <details v-if="card.reads.length" class="mt-plate-reads">
        <summary>{{ words.plate_reads }} ({{ card.reads.length }})</summary>
        <table>
          <tr><th v-for="name in ['when', 'read_text', 'read_confidence', 'read_fate']" :key="name">{{ words[name] }}</th></tr>
          <tr v-for="(row, i) in card.reads" :key="i"><td v-for="(text, j) in row" :key="j">{{ text }}</td></tr>
        </table>
        <div v-if="card.networks" class="mt-hint">{{ words.plate_networks }}: {{ card.networks }}</div>
      </details>
    </div>`,
  // card: {characters: [{sign, confidence, weak}], text, about, weak_places, reason, stands_out, pictures: [{url, at, full, mark}], reads: [[text]],
  // networks}
  props: { card: Object, words: Object },
};
