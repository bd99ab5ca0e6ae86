// Signs a person in: the password goes straight to the API, which answers with an HttpOnly cookie.
export default {
  template: `
    <form class="mt-form" @submit.prevent="submit">
      <label>{{ words.username }}<input name="username" autocomplete="username" required autofocus v-model="username"></label>
      <label>{{ words.password }}<input name="password" type="password" autocomplete="current-password" required v-model="password"></label>
      <div v-if="problem" class="mt-alert bad" role="alert">{{ problem }}</div>
      <button type="submit" :disabled="busy">{{ words.sign_in }}</button>
    </form>`,
  props: { words: Object, target: String },
  data() {
    return { username: "", password: "", problem: "", busy: false };
  },
  methods: {
    async submit() {
      this.busy = true;
      this.problem = "";
      try {
        const answer = await fetch("/api/v1/session", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ username: this.username, password: this.password }),
        });
        if (answer.ok) window.location.assign(this.target);
        else this.problem = answer.status === 429 ? this.words.too_many_logins : answer.status === 401 ? this.words.wrong_login : this.words.centre_fault;
      } catch {
        this.problem = this.words.centre_fault;
      }
      this.busy = false;
    },
  },
};
