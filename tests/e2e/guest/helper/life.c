// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fill a guest with the tasks and objects that a dump should show: sleepers of
 * each kind, threads, stopped, traced and dead tasks, odd names, sockets, SysV
 * objects, timers, locks, namespaces.
 *
 * usage: life            make them, write /run/life when they are there, stay
 *        life many N     N more tasks, half of them threads
 *        life spin       burn a CPU in user mode
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void name(const char *comm)
{
	prctl(PR_SET_NAME, comm);
}

/* A child that calls RUN under the name COMM and then sleeps for ever. */
static pid_t child(const char *comm, void (*run)(void))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	name(comm);
	if (run)
		run();
	for (;;)
		pause();
}

static void sleeper(void)
{
	sleep(100000);
}

static void pipe_reader(void)
{
	int ends[2];
	char c;

	if (!pipe(ends))
		while (read(ends[0], &c, 1) < 0)
			;
}

static void pipe_writer(void)
{
	static char full[1 << 20];
	int ends[2];

	if (!pipe(ends))
		while (write(ends[1], full, sizeof(full)) < 0)
			;
}

static void fifo_reader(void)
{
	mkfifo("/run/fifo", 0600);
	open("/run/fifo", O_RDONLY);
}

static void stopped(void)
{
	raise(SIGSTOP);
}

static void traced(void)
{
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGTRAP);
}

static void zombie(void)
{
	_exit(3);
}

/* The parent waits in state D for a vforked child that never lets go. */
static void uninterruptible(void)
{
	if (!vfork()) {
		name("kx-vfork");
		for (;;)
			pause();
	}
}

static void epoller(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(0), fd = eventfd(0, 0);

	epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
	epoll_wait(set, &event, 1, -1);
}

static void poller(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	struct itimerspec late = { .it_value.tv_sec = 90000 };
	struct pollfd fds[] = {
		{ inotify_init1(0), POLLIN, 0 },
		{ signalfd(-1, &mask, 0), POLLIN, 0 },
		{ timerfd_create(CLOCK_MONOTONIC, 0), POLLIN, 0 },
		{ memfd_create("kx-memfd", 0), POLLPRI, 0 },
	};

	inotify_add_watch(fds[0].fd, "/run", IN_CREATE);
	timerfd_settime(fds[2].fd, 0, &late, NULL);
	poll(fds, 3, -1);
}

static void lock_holder(void)
{
	struct flock range = { .l_type = F_WRLCK, .l_start = 10, .l_len = 20 };
	int fd = open("/run/lock", O_RDWR | O_CREAT, 0600);

	flock(fd, LOCK_EX);
	fcntl(fd, F_SETLK, &range);
}

static void lock_waiter(void)
{
	usleep(200000);
	flock(open("/run/lock", O_RDWR | O_CREAT, 0600), LOCK_EX);
}

static void tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(7007),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 at6 = { .sin6_family = AF_INET6, .sin6_port = htons(7008) };
	int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
	int six = socket(AF_INET6, SOCK_STREAM, 0);
	char c;

	bind(server, (void *)&at, sizeof(at));
	listen(server, 5);
	bind(six, (void *)&at6, sizeof(at6));
	listen(six, 5);
	connect(client, (void *)&at, sizeof(at));
	int peer = accept(server, NULL, NULL);

	if (write(client, "unread data", 11) == 11 && read(peer, &c, 1) == 1)
		while (recv(client, &c, 1, 0) < 0)
			;
}

static void udp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(7009) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char c;

	bind(fd, (void *)&at, sizeof(at));
	recv(fd, &c, 1, 0);
}

static void unix_sockets(void)
{
	struct sockaddr_un at = { AF_UNIX, "/run/kx.sock" },
			   abstract = { AF_UNIX, "\0kx-abstract" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), dgram = socket(AF_UNIX, SOCK_DGRAM, 0);
	int pair[2], netlink = socket(AF_NETLINK, SOCK_RAW, 0), packet;

	bind(listener, (void *)&at, sizeof(at));
	listen(listener, 3);
	bind(dgram, (void *)&abstract, sizeof(sa_family_t) + 12);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
	packet = socket(AF_PACKET, SOCK_RAW, htons(3));
	(void)netlink;
	(void)packet;
	accept(listener, NULL, NULL);
}

static void sysv_sem(void)
{
	int set = semget(0x6b780001, 3, IPC_CREAT | 0600);
	struct sembuf down = { 1, -1, 0 };

	semop(set, &down, 1);
}

static void sysv_msg(void)
{
	struct {
		long type;
		char text[16];
	} message = { 7, "kx message" };
	int queue = msgget(0x6b780002, IPC_CREAT | 0644);

	msgsnd(queue, &message, sizeof(message.text), 0);
	msgrcv(queue, &message, sizeof(message.text), 99, 0);
}

static void sysv_shm(void)
{
	int small = shmget(0x6b780003, 12345, IPC_CREAT | 0666);
	char *at = shmat(small, NULL, 0);

	shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
	strcpy(at, "kx shared memory");
}

static void handler(int signal)
{
	(void)signal;
}

static void signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGUSR1, handler);
	signal(SIGPIPE, SIG_IGN);
	kill(getpid(), SIGUSR1);
	for (int i = 0; i < 3; i++)
		sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = i });
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2 };
	struct itimerspec late = { .it_value.tv_sec = 80000, .it_interval.tv_sec = 5 };
	timer_t timer;

	timer_create(CLOCK_REALTIME, &event, &timer);
	timer_settime(timer, 0, &late, NULL);
	alarm(70000);
}

static void memory(void)
{
	int fd = open("/run/mapped", O_RDWR | O_CREAT, 0600);
	char *shared, *private;

	if (ftruncate(fd, 3 << 16))
		return;
	shared = mmap(NULL, 3 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy(shared, "kx file page");
	memset(private, 0x5a, 1 << 19);
	mlock(private, 8192);
	unlink("/run/mapped");
	open("/run/append", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, 77);
	if (chdir("/mnt/ext4") || chroot("/mnt/ext4"))
		return;
}

static void realtime(void)
{
	sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ 42 });
}

static void idle_class(void)
{
	sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ 0 });
}

static void nice_one(void)
{
	setpriority(PRIO_PROCESS, 0, 7);
	if (setresgid(1000, 1001, 1002) || setresuid(2000, 2001, 2002))
		return;
}

/* A container of sorts: every namespace its own, with an init of its own. */
static void namespaces(void)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET))
		return;
	if (sethostname("kx-container", 12))
		return;
	if (!fork()) {
		name("kx-inner-init");
		if (!fork())
			name("kx-inner");
	}
}

static void *thread_futex(void *unused)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	name("kx-futex");
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
	return unused;
}

static void *thread_sleep(void *unused)
{
	name("kx-thread-sleep");
	sleep(100000);
	return unused;
}

static void *thread_poll(void *unused)
{
	name("kx-thread-poll");
	poll(NULL, 0, -1);
	return unused;
}

static void threads(void)
{
	pthread_t id;

	pthread_create(&id, NULL, thread_futex, NULL);
	pthread_create(&id, NULL, thread_sleep, NULL);
	pthread_create(&id, NULL, thread_poll, NULL);
}

static void *leader_gone(void *unused)
{
	name("kx-orphan-thr");
	for (;;)
		pause();
	return unused;
}

/* The first thread leaves, the others stay: a zombie that leads a group. */
static void dead_leader(void)
{
	pthread_t id;

	pthread_create(&id, NULL, leader_gone, NULL);
	usleep(50000);
	syscall(60 /* exit, of this thread only */, 0);
}

static void *wait_forever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void many(int count)
{
	pthread_attr_t attr;
	pthread_t id;
	int made = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (int group = 0; made < count; group++) {
		char comm[16];
		int size = group % 2 ? 100 : 1;
		pid_t pid = fork();

		if (pid < 0) {
			fprintf(stderr, "life: fork %d: %m\n", made);
			break;
		}
		if (pid) {
			/* as many single processes as threads in the groups of 100 */
			made += size;
			if (size == 1)
				for (int i = 1; i < 100 && made < count; i++, made++)
					if (!fork()) {
						snprintf(comm, sizeof(comm), "kx-one-%d", made);
						name(comm);
						wait_forever(NULL);
					}
			continue;
		}
		snprintf(comm, sizeof(comm), "kx-group-%d", group);
		name(comm);
		for (int i = 1; i < size; i++)
			if (pthread_create(&id, &attr, wait_forever, NULL))
				fprintf(stderr, "life: thread: %m\n");
		wait_forever(NULL);
	}
}

static const struct {
	const char *comm;
	void (*run)(void);
} lives[] = {
	{ "kx-sleep", sleeper },
	{ "kx-pipe-read", pipe_reader },
	{ "kx-pipe-write", pipe_writer },
	{ "kx-fifo", fifo_reader },
	{ "kx-stopped", stopped },
	{ "kx-traced", traced },
	{ "kx-zombie", zombie },
	{ "kx-vfork-wait", uninterruptible },
	{ "kx-epoll", epoller },
	{ "kx-poll", poller },
	{ "kx-lock-owner", lock_holder },
	{ "kx-lock-waiter", lock_waiter },
	{ "kx-tcp", tcp },
	{ "kx-udp", udp },
	{ "kx-unix", unix_sockets },
	{ "kx-sem", sysv_sem },
	{ "kx-msg", sysv_msg },
	{ "kx-shm", sysv_shm },
	{ "kx-signals", signals },
	{ "kx-timers", timers },
	{ "kx-memory", memory },
	{ "kx-realtime", realtime },
	{ "kx-idle-class", idle_class },
	{ "kx-nice", nice_one },
	{ "kx-namespaces", namespaces },
	{ "kx-threads", threads },
	{ "kx-dead-leader", dead_leader },
	/* names that break careless readers of /proc/PID/stat, or of UTF-8 */
	{ "kx) R 1 (x", NULL },
	{ "kx-\303\274ml\303\244ut-\342\202\254", NULL },
	{ "kx-bad-\377\376", NULL },
	{ "kx\nline\\n\t\"", NULL },
	{ "kx-fifteen-long", NULL },
};

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "spin")) {
		name("kx-spin");
		for (volatile unsigned long i = 0;; i++)
			;
	}
	setsid();
	if (argc > 2 && !strcmp(argv[1], "many")) {
		name("kx-many");
		many(atoi(argv[2]));
	} else {
		name("kx-life");
		for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
			child(lives[i].comm, lives[i].run);
		usleep(600000);
	}
	close(open("/run/life", O_WRONLY | O_CREAT, 0600));
	for (;;)
		pause();
}
