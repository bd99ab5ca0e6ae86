// Another case beside the open one: what ties them, the stills of both, and in the slot what may be said of the pair.
export default {
  template: `
    <section class="mt-other" :aria-label="other.title">
      <div :class="other.waits ? 'mt-alert bad' : 'mt-alert'">{{ other.title }}</div>
      <div>{{ other.what }}</div>
      <div v-for="(line, i) in other.lines" :key="i" class="mt-hint">{{ line }}</div>
      <a class="nicegui-link mt-hint" :href="other.url" target="_blank">{{ other.open }}</a>
      <div class="mt-pair">
        <div v-for="(side, i) in other.sides" :key="i">
          <div class="mt-hint">{{ side.whose }}</div>
          <a v-for="(still, j) in side.stills" :key="j" :href="still.url" target="_blank" rel="noopener">
            <img loading="lazy" :src="still.url" :alt="side.whose + ': ' + still.title">
          </a>
        </div>
      </div>
      <slot></slot>
    </section>`,
  // other: {title, waits, what, lines: [text], url, open, sides: [{whose, stills: [{url, title}]}]}
  props: { other: Object },
};
