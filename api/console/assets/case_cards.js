// Cases as cards with a picture of the subject. More are asked for when the end comes into sight, or by the button.
export default {
  template: `
    <div>
      <ul class="mt-cards">
        <li v-for="row in shown" :key="row.id" class="mt-case-card">
          <a :href="row.url" :data-case="row.id">
            <img v-if="row.picture" :src="row.picture" alt="" loading="lazy" @error="refused(row)" />
            <span v-else class="mt-no-picture">{{ row.refused ? words.not_shown : words.no_picture }}</span>
            <span class="mt-case-card-text">
              <span class="mt-what">{{ row.what }}</span>
              <span v-if="row.plate" class="mt-case-card-plate">{{ row.plate }}</span>
              <span class="mt-where">{{ row.where }}</span>
              <span class="mt-hint">{{ row.at }}</span>
              <span class="mt-case-card-foot"><span class="mt-badge" :class="row.state">{{ row.state_word }}</span><span v-if="row.clock" :class="row.band">{{ row.clock }}</span></span>
            </span>
          </a>
        </li>
      </ul>
      <button v-if="goes_on" ref="more" class="mt-more-button" @click="ask">{{ words.more }}</button>
    </div>`,
  // rows: [{id, url, picture, what, plate, where, at, state, state_word, clock, band}]; more: whether there is a next page
  props: { rows: Array, more: Boolean, words: Object },
  emits: ["more"],
  data() {
    return { shown: this.rows, goes_on: this.more, asked: false };
  },
  mounted() {
    this.eye = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && this.ask(), { rootMargin: "400px" });
    this.watch();
  },
  beforeUnmount() {
    this.eye.disconnect();
  },
  methods: {
    // There is a picture, and it opens to who says why, or not now: that is not the same as none.
    refused(row) {
      row.refused = true;
      row.picture = "";
    },
    watch() {
      this.eye.disconnect();
      this.$nextTick(() => this.$refs.more && this.eye.observe(this.$refs.more));
    },
    ask() {
      if (this.asked) return;
      this.asked = true;
      this.$emit("more");
    },
    // Called from the server: another search, or its next page.
    put(rows, more, afresh) {
      this.shown = afresh ? rows : [...this.shown, ...rows];
      this.goes_on = more;
      this.asked = false;
      this.watch();
    },
    // The next page could not be read: the button asks again.
    failed() {
      this.asked = false;
    },
  },
};
