/* The least a relay can do in C: epoll, recv, rewrite the header, send; both ends connected from the start.
 *
 *   media_c_relay N < ports      N lines: port of the remote of end A, of end B (127.0.0.1)
 *   prints N lines with its own ports, "ready"; on SIGTERM "packets cpu_seconds" and ends
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct end { int fd; int peer; uint32_t ssrc; uint16_t seq_offset; uint32_t ts_offset; uint64_t received; };
static volatile sig_atomic_t stopping;
static void stop(int number) { (void)number; stopping = 1; }

int main(int argc, char **argv) {
    int calls = argc > 1 ? atoi(argv[1]) : 1, epoll = epoll_create1(0);
    struct end *ends = calloc(calls * 2, sizeof *ends);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    for (int i = 0; i < calls * 2; i++) {
        struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof local;
        ends[i].fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        ends[i].peer = i ^ 1;
        ends[i].ssrc = 77 + i;
        ends[i].seq_offset = 13 * i;
        ends[i].ts_offset = 1000 * i;
        bind(ends[i].fd, (void *)&local, sizeof local);
        getsockname(ends[i].fd, (void *)&local, &size);
        printf(i & 1 ? "%d\n" : "%d ", ntohs(local.sin_port));
    }
    printf("ready\n");
    fflush(stdout);
    for (int i = 0; i < calls * 2; i++) {
        int port;
        if (scanf("%d", &port) != 1) { return 1; }
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        connect(ends[i].fd, (void *)&to, sizeof to);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(epoll, EPOLL_CTL_ADD, ends[i].fd, &event);
    }
    struct epoll_event events[64];
    uint8_t data[1501];
    uint64_t packets = 0;
    while (!stopping) {
        int ready = epoll_wait(epoll, events, 64, 500);
        for (int i = 0; i < ready; i++) {
            struct end *end = &ends[events[i].data.u32], *peer = &ends[end->peer];
            ssize_t size = recv(end->fd, data, sizeof data, 0);
            if (size < 12 || data[0] >> 6 != 2) { continue; }
            end->received++;
            packets++;
            *(uint16_t *)(data + 2) = htons(ntohs(*(uint16_t *)(data + 2)) + peer->seq_offset);
            *(uint32_t *)(data + 4) = htonl(ntohl(*(uint32_t *)(data + 4)) + peer->ts_offset);
            *(uint32_t *)(data + 8) = htonl(peer->ssrc);
            send(peer->fd, data, size, 0);
        }
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%lu %.6f\n", packets, usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return 0;
}
