// Plays one original clip and draws the overlay, which is data beside it, on a canvas in step with the video.
// The picture itself is never touched: switching the overlay off shows the original pixels, but for privacy masks, which
// are drawn always: no picture is shown before they are known. Only what plays in the foreground counts as watched.
// It opens playing the decisive parts, one after the other and then again, until the reviewer takes over.
import { addressOf, fetchAhead } from "/console/assets/fetched_ahead.js";
import { drawMasks, drawOverlay } from "/console/assets/overlay_drawing.js";

const STEP_S = 0.1; // watched seconds are counted in steps
const LONGEST_STEP_S = 0.6; // between two shown frames of a clip that plays; more is a jump

// Lets go of the clip's memory and decoder now; the browser itself would keep them for hundreds of cases.
function release(video) {
  video.pause();
  video.removeAttribute("src");
  video.load();
}

export default {
  template: `
    <div class="mt-player" :class="{ 'mt-broken': problem }">
      <div class="mt-stage" ref="stage">
        <video ref="video" muted playsinline disablepictureinpicture preload="auto" :class="{ 'mt-covered': !overlay }"
               @loadedmetadata="ready" @timeupdate="draw" @seeked="draw" @play="follow" @pause="paused = true; draw()"
               @ended="goOn(length)" @error="failed" @click="toggle" @contextmenu.prevent></video>
        <canvas ref="canvas"></canvas>
        <div v-if="problem" class="mt-problem" role="alert">{{ problem }}</div>
      </div>
      <div class="mt-bar mt-clips" v-if="clips.length > 1">
        <button v-for="(entry, index) in clips" :key="entry.name" :class="{ on: index === chosen }"
                @click="choose(index)">{{ entry.title }}</button>
      </div>
      <div class="mt-bar">
        <button @click="toggle" :aria-label="words.play" :title="words.play + ' (Space)'">{{ paused ? "▶" : "❚❚" }}</button>
        <button @click="step(-1)" :aria-label="words.back" :title="words.back + ' (,)'">‹</button>
        <button @click="step(1)" :aria-label="words.forward" :title="words.forward + ' (.)'">›</button>
        <div class="mt-track" ref="track" @pointerdown="scrub">
          <div v-for="part in clip ? clip.decisive : []" :key="part[0]" class="mt-decisive"
               :style="{ left: share(part[0]), width: share(part[1] - part[0]) }"></div>
          <div class="mt-done" :style="{ width: share(now) }"></div>
          <button v-for="mark in marks" :key="mark.title" class="mt-mark" :style="{ left: share(mark.offset_s) }" :title="mark.title"
                  :aria-label="mark.title" @pointerdown.stop @click.stop="seek(mark.offset_s)"></button>
        </div>
        <span class="mt-clock">{{ clock() }}</span>
        <button @click="slower" :title="words.speed + ' (S)'">{{ rate }}×</button>
        <button @click="toggleLoop" :class="{ on: looping }" :aria-pressed="looping" :title="words.loop + ' (L)'">{{ words.loop }}</button>
        <button @click="toggleOverlay" :aria-pressed="overlayOn" :class="{ on: overlayOn }" :title="words.overlay + ' (O)'">{{ words.overlay }}</button>
      </div>
    </div>`,
  // clips: [{name, title, url, started_at_ms (null: unknown), marks: [{offset_s, title}], decisive: [[from_s, to_s]]}]; overlay_url: the package's overlay.json
  props: { clips: Array, overlay_url: String, words: Object },
  emits: ["progress"],
  inject: { inSight: { default: true } }, // it may lie ready, out of sight (ready_part.js)
  data() {
    return { chosen: 0, overlay: null, paused: true, now: 0, length: 0, rate: 1, overlayOn: true, problem: "", wanted_s: null, looping: true };
  },
  computed: {
    clip() { return this.clips[this.chosen] || null; },
    marks() { return this.clip ? this.clip.marks : []; },
    rows() {
      const drawn = this.overlay && this.clip && this.overlay.clips.find((entry) => entry.name === this.clip.name);
      return drawn ? drawn.frames : [];
    },
  },
  created() {
    this.seen = new Set(); // not shown, so not watched by Vue
    this.reported_s = 0;
  },
  watch: {
    inSight: { handler() { if (this.overlay && this.length) this.begin(); }, flush: "post" }, // in its place by then
  },
  mounted() {
    if (!this.inSight && this.clip) [this.clip.url, this.overlay_url].filter(Boolean).forEach(fetchAhead);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.$refs.stage);
    document.addEventListener("keydown", this.onKey);
    this.load();
    this.fetchOverlay();
  },
  beforeUnmount() {
    this.observer.disconnect();
    document.removeEventListener("keydown", this.onKey);
    release(this.$refs.video);
  },
  methods: {
    async fetchOverlay() {
      try {
        const answer = this.overlay_url ? await fetch(await addressOf(this.overlay_url)) : null;
        if (!answer || !answer.ok) throw new Error("no overlay");
        const overlay = await answer.json();
        this.overlay = { zones: [], lines: [], clips: [], masks: [], ...overlay };
      } catch {
        if (this.clip) this.problem = this.words.no_overlay;
        return;
      }
      if (!this.$refs.video) return; // another case was opened meanwhile
      this.draw();
      if (this.length) this.begin();
    },
    onKey(event) {
      const focus = document.activeElement;
      if (!this.inSight || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (focus && ["INPUT", "TEXTAREA", "SELECT"].includes(focus.tagName)) return;
      const action = { " ": this.toggle, ",": () => this.step(-1), ".": () => this.step(1), o: this.toggleOverlay, s: this.slower, l: this.toggleLoop }[event.key.toLowerCase()];
      if (!action) return;
      event.preventDefault();
      action();
    },
    choose(index) {
      if (index === this.chosen) return;
      this.chosen = index;
      this.load();
    },
    // Called from the server: show one instant of one clip.
    show(name, offset_s) {
      const index = this.clips.findIndex((clip) => clip.name === name);
      if (index < 0) return;
      this.wanted_s = offset_s;
      if (index === this.chosen) this.seek(offset_s);
      else this.choose(index);
    },
    async load() {
      this.problem = this.clip ? "" : this.words.no_clip;
      this.now = 0;
      this.length = 0;
      const clip = this.clip;
      const address = clip && (await addressOf(clip.url));
      const video = this.$refs.video;
      if (!video || clip !== this.clip) return; // another one was chosen meanwhile
      if (address) video.src = address;
      else video.removeAttribute("src");
      video.load();
    },
    ready() {
      this.length = this.$refs.video.duration;
      this.$refs.video.playbackRate = this.rate;
      if (this.overlay) this.begin();
      this.draw();
    },
    // Nothing plays before the masks are known, nor out of sight: there the clip waits at its first decisive instant.
    begin() {
      if (this.wanted_s !== null) return this.seek(this.wanted_s);
      const video = this.$refs.video;
      const first_s = this.looping && this.clip.decisive.length ? this.clip.decisive[0][0] : video.currentTime;
      if (video.currentTime !== first_s) video.currentTime = first_s;
      if (this.inSight) this.play();
    },
    play() {
      this.$refs.video.play().catch(() => { this.paused = true; });
    },
    // While the decisive parts loop, what lies between them is passed over; the next clip that has some follows by itself.
    goOn(seconds) {
      const decisive = this.clip ? this.clip.decisive : [];
      const ended = this.length && seconds >= this.length;
      if (!this.looping || (decisive.length ? decisive.some(([from, to]) => seconds >= from && seconds < to) : !ended)) return;
      const next = decisive.find(([from]) => from > seconds);
      if (next) this.$refs.video.currentTime = next[0];
      else this.nextClip();
    },
    nextClip() {
      const holding = this.clips.map((clip, index) => index).filter((index) => this.clips[index].decisive.length);
      const next = holding.find((index) => index > this.chosen) ?? holding[0];
      if (next === undefined) return;
      if (next !== this.chosen) return this.choose(next);
      this.$refs.video.currentTime = this.clip.decisive[0][0];
      this.play();
    },
    toggleLoop() {
      this.looping = !this.looping;
      if (this.looping && this.overlay && this.length) this.begin();
    },
    failed() {
      if (this.clip) this.problem = this.words.cannot_play;
    },
    follow() {
      this.paused = false;
      const video = this.$refs.video;
      let before = null;
      const clip = this.clip;
      const next = (_, frame) => {
        this.draw();
        if (clip !== this.clip) return;
        if (before !== null) this.count(clip, before, frame.mediaTime);
        before = frame.mediaTime;
        this.goOn(frame.mediaTime);
        if (!video.paused && !video.ended) video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    },
    // Frames from..to of a clip were shown one after the other; steps within decisive parts count once each.
    count(clip, from_s, to_s) {
      if (document.visibilityState !== "visible" || !this.overlay || to_s <= from_s || to_s - from_s > LONGEST_STEP_S) return;
      clip.decisive.forEach(([start, end], part) => {
        const last = Math.round((end - start) / STEP_S) - 1;
        for (let step = Math.max(0, Math.floor((from_s - start) / STEP_S)); step <= Math.min(last, Math.floor((to_s - start) / STEP_S)); step++)
          this.seen.add(`${clip.name} ${part} ${step}`);
      });
      const played_s = this.seen.size * STEP_S;
      const ending = clip.decisive.some(([, end]) => Math.abs(end - to_s) < LONGEST_STEP_S);
      if (played_s - this.reported_s >= 0.5 || (ending && played_s > this.reported_s)) {
        this.reported_s = played_s;
        this.$emit("progress", played_s);
      }
    },
    toggle() {
      if (!this.overlay) return;
      const video = this.$refs.video;
      if (video.paused) video.play(); else video.pause();
    },
    seek(offset_s) {
      const video = this.$refs.video;
      this.wanted_s = null;
      this.looping = false; // the reviewer looks for himself
      video.pause();
      video.currentTime = Math.max(0, Math.min(offset_s + 0.001, this.length || offset_s));
    },
    step(direction) {
      const times = this.rowTimes();
      const here = this.$refs.video.currentTime;
      const next = direction > 0 ? times.find((t) => t > here + 0.005) : times.filter((t) => t < here - 0.005).pop();
      this.seek(next === undefined ? here + direction * 0.2 : next);
    },
    slower() {
      this.rate = this.rate === 1 ? 0.5 : this.rate === 0.5 ? 0.25 : 1;
      this.$refs.video.playbackRate = this.rate;
    },
    toggleOverlay() {
      this.overlayOn = !this.overlayOn;
      this.draw();
    },
    scrub(event) {
      const box = this.$refs.track.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    },
    share(seconds) {
      return this.length ? `${Math.min(100, (100 * seconds) / this.length)}%` : "0%";
    },
    clock() {
      if (!this.clip || this.clip.started_at_ms === null) return ""; // nobody knows when it was filmed
      const at = new Date(this.clip.started_at_ms + this.now * 1000 + 7 * 3600 * 1000); // Hue keeps UTC+7
      return at.toISOString().slice(11, 23);
    },
    rowTimes() {
      return this.rows.map((row) => row.offset_s);
    },
    draw() {
      const { video, canvas } = this.$refs;
      if (!video || !canvas) return;
      this.now = video.currentTime;
      const scale = window.devicePixelRatio || 1;
      const wide = video.clientWidth, high = video.clientHeight;
      canvas.width = wide * scale;
      canvas.height = high * scale;
      const pen = canvas.getContext("2d");
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      if (!this.overlay || !video.videoWidth) return;
      // object-fit: contain leaves bars; the overlay lives on the picture alone
      const zoom = Math.min(wide / video.videoWidth, high / video.videoHeight);
      const width = video.videoWidth * zoom, height = video.videoHeight * zoom;
      pen.translate((wide - width) / 2, (high - height) / 2);
      drawMasks(pen, this.overlay, width, height);
      if (this.overlayOn) drawOverlay(pen, this.overlay, this.rows, video.currentTime, width, height, this.words);
    },
  },
};
