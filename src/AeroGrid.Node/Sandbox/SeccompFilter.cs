using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AeroGrid.Node.Sandbox;

/// <summary>
/// The system call filter of every sandboxed process, as a classic BPF program (<c>seccomp(2)</c>, <c>struct sock_filter[]</c>).
/// It refuses what Docker's and containerd's RuntimeDefault profiles refuse to a process without capabilities: mounting, namespaces, kernel
/// modules, tracing, BPF, key rings, performance counters, io_uring and the like fail with EPERM. System calls newer than those this list
/// was made from fail with ENOSYS, so that the C library falls back to older ones and a new kernel opens nothing unseen.
/// </summary>
internal static class SeccompFilter
{
    /// <summary>Offsets in <c>struct seccomp_data</c>: number, architecture, then the arguments as 64 bit (their low halves here).</summary>
    private const uint NumberOffset = 0, ArchitectureOffset = 4, FirstArgumentOffset = 16, SecondArgumentOffset = 24;

    private const ushort Load = 0x20, JumpEqual = 0x15, JumpGreater = 0x25, JumpAnySet = 0x45, Return = 0x06;

    private const uint Allow = 0x7fff0000, KillProcess = 0x80000000, Refuse = 0x00050000 | 1, Missing = 0x00050000 | 38;

    /// <summary>CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET,TIME}: a namespace of its own makes a process root over a lot of kernel code.</summary>
    private const uint NewNamespace = 0x7e020000 | 0x00000080;

    /// <summary>TIOCSTI and TIOCLINUX put input into a terminal that the sandbox may share with a person.</summary>
    private const uint PushInput = 0x5412, LinuxConsole = 0x541c;

    private const uint SocketVsock = 40, SocketAlgorithms = 38, SocketPackets = 17;

    /// <summary>Personalities that change nothing about security, as in Docker's profile: Linux, BSD, UNAME26, both, and the query.</summary>
    private static readonly uint[] Personalities = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

    /// <summary>The last system call that this list was made from (Linux 6.18: listns). Numbers above 424 are the same on all architectures.</summary>
    private const uint LastKnown = 470;

    /// <summary>Refused on every architecture by one number: those since Linux 5.1.</summary>
    private static readonly uint[] RefusedEverywhere =
    [
        425, 426, 427, // io_uring_setup, io_uring_enter, io_uring_register
        428, 429, 430, 431, 432, 433, 442, 467, // open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr, open_tree_attr
        438, // pidfd_getfd
        443, // quotactl_fd
        470, // listns
    ];

    private static readonly Architecture X64 = new(
        0xc000003e,
        NewProcess: 56,
        Ioctl: 16,
        Socket: 41,
        Personality: 135,
        Refused:
        [
            163, 248, 321, 305, 227, // acct, add_key, bpf, clock_adjtime, clock_settime
            174, 176, 313, 175, 177, 178, // create_module, delete_module, finit_module, init_module, get_kernel_syms, query_module
            173, 172, 312, 320, 246, 250, // ioperm, iopl, kcmp, kexec_file_load, kexec_load, keyctl
            212, 256, 154, 165, 279, // lookup_dcookie, migrate_pages, modify_ldt, mount, move_pages
            303, 304, 180, 298, 155, // name_to_handle_at, open_by_handle_at, nfsservctl, perf_event_open, pivot_root
            310, 311, 101, 179, 169, 249, // process_vm_readv, process_vm_writev, ptrace, quotactl, reboot, request_key
            171, 170, 308, 164, 167, 168, // setdomainname, sethostname, setns, settimeofday, swapon, swapoff
            139, 156, 103, 166, 272, 134, // sysfs, _sysctl, syslog, umount2, unshare, uselib
            323, 136, 153, 161, 300, 159, // userfaultfd, ustat, vhangup, chroot, fanotify_init, adjtimex
        ]);

    private static readonly Architecture Arm64 = new(
        0xc00000b7,
        NewProcess: 220,
        Ioctl: 29,
        Socket: 198,
        Personality: 92,
        Refused:
        [
            89, 217, 280, 266, 112, // acct, add_key, bpf, clock_adjtime, clock_settime
            106, 273, 105, // delete_module, finit_module, init_module
            272, 294, 104, 219, // kcmp, kexec_file_load, kexec_load, keyctl
            18, 238, 40, 239, // lookup_dcookie, migrate_pages, mount, move_pages
            264, 265, 42, 241, 41, // name_to_handle_at, open_by_handle_at, nfsservctl, perf_event_open, pivot_root
            270, 271, 117, 60, 142, 218, // process_vm_readv, process_vm_writev, ptrace, quotactl, reboot, request_key
            162, 161, 268, 170, 224, 225, // setdomainname, sethostname, setns, settimeofday, swapon, swapoff
            116, 39, 97, 282, 58, 51, 262, 171, // syslog, umount2, unshare, userfaultfd, vhangup, chroot, fanotify_init, adjtimex
        ]);

    /// <summary>clone3 takes its flags in memory, where a filter cannot look: ENOSYS makes the C library use clone.</summary>
    private const uint Clone3 = 435;

    /// <summary>On x86-64 this bit selects the x32 table, whose other numbers would pass by the list.</summary>
    private const uint X32Bit = 0x40000000;

    /// <summary>The program for this machine's processor, or null when there is none for it.</summary>
    public static byte[]? ForThisMachine { get; } = RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => Assemble(X64),
        System.Runtime.InteropServices.Architecture.Arm64 => Assemble(Arm64),
        _ => null,
    };

    private static byte[] Assemble(Architecture architecture)
    {
        var program = new List<Instruction>
        {
            new(Load, ArchitectureOffset),
            new(JumpEqual, architecture.Audit, Otherwise: KillProcess),
            new(Load, NumberOffset),
        };
        if (architecture == X64)
            program.Add(new(JumpAnySet, X32Bit, Then: Missing));
        program.Add(new(JumpEqual, Clone3, Then: Missing));
        program.Add(new(JumpGreater, LastKnown, Then: Missing));
        foreach (var number in architecture.Refused.Concat(RefusedEverywhere))
            program.Add(new(JumpEqual, number, Then: Refuse));

        AddArgumentCheck(program, architecture.NewProcess, [new(Load, FirstArgumentOffset), new(JumpAnySet, NewNamespace, Refuse), new(Return, Allow)]);
        AddArgumentCheck(
            program,
            architecture.Ioctl,
            [new(Load, SecondArgumentOffset), new(JumpEqual, PushInput, Refuse), new(JumpEqual, LinuxConsole, Refuse), new(Return, Allow)]);
        AddArgumentCheck(
            program,
            architecture.Socket,
            [
                new(Load, FirstArgumentOffset), new(JumpEqual, SocketVsock, Refuse), new(JumpEqual, SocketAlgorithms, Refuse),
                new(JumpEqual, SocketPackets, Refuse), new(Return, Allow),
            ]);
        AddArgumentCheck(
            program,
            architecture.Personality,
            [new(Load, FirstArgumentOffset), .. Personalities.Select(value => new Instruction(JumpEqual, value, Allow)), new(Return, Refuse)]);
        program.Add(new(Return, Allow));
        return Encode(program);
    }

    /// <summary>Instructions that run only for one system call: the jump over them is the number of instructions.</summary>
    private static void AddArgumentCheck(List<Instruction> program, uint number, Instruction[] check)
    {
        program.Add(new(JumpEqual, number, Skip: (byte)check.Length));
        program.AddRange(check);
    }

    /// <summary>
    /// <c>struct sock_filter { u16 code; u8 jt; u8 jf; u32 k; }</c>. Jumps to an outcome become jumps to the return instruction at the end
    /// that gives it; offsets count from the next instruction and fit a byte, which bounds the program's length.
    /// </summary>
    private static byte[] Encode(List<Instruction> program)
    {
        uint[] outcomes = [Refuse, Missing, KillProcess, Allow];
        var bytes = new byte[(program.Count + outcomes.Length) * 8];
        for (var i = 0; i < program.Count; i++)
        {
            var instruction = program[i];
            byte To(uint outcome) => checked((byte)(program.Count + Array.IndexOf(outcomes, outcome) - i - 1));
            Write(
                bytes.AsSpan(i * 8),
                instruction.Code,
                instruction.Then is { } then ? To(then) : (byte)0,
                instruction.Otherwise is { } otherwise ? To(otherwise) : instruction.Skip,
                instruction.Value);
        }

        for (var i = 0; i < outcomes.Length; i++)
            Write(bytes.AsSpan((program.Count + i) * 8), Return, 0, 0, outcomes[i]);
        return bytes;

        static void Write(Span<byte> target, ushort code, byte whenTrue, byte whenFalse, uint value)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, code);
            target[2] = whenTrue;
            target[3] = whenFalse;
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], value);
        }
    }

    /// <summary>One instruction. A comparison goes to an outcome when true or false, over <see cref="Skip"/> instructions when false, or on.</summary>
    private sealed record Instruction(ushort Code, uint Value, uint? Then = null, uint? Otherwise = null, byte Skip = 0);

    /// <summary>Numbers of one architecture (<c>asm/unistd.h</c>) and its AUDIT_ARCH value.</summary>
    private sealed record Architecture(uint Audit, uint NewProcess, uint Ioctl, uint Socket, uint Personality, uint[] Refused);
}
