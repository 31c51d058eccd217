using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

using Microsoft.Win32.SafeHandles;

namespace AeroGrid.Node.Sandbox.Native;

/// <summary>
/// A child process. <see cref="System.Diagnostics.Process"/> cannot hand descriptors to a child without making them inheritable for every
/// other child that starts in the same moment, and sandboxes of different tenants do start in the same moment: hence <c>posix_spawn(3)</c>,
/// where the descriptors of a child are a list. It starts in a session of its own. Thread-safe.
/// </summary>
internal sealed class ChildProcess
{
    // Linux and macOS agree on everything but the flag for a new session.
    private const short SetDefaultSignals = 0x04;
    private const short SetSignalMask = 0x08;
    private const int NoHang = 1;
    private static readonly short NewSession = OperatingSystem.IsMacOS() ? (short)0x400 : (short)0x80;
    private static readonly int DuplicateCloseOnExec = OperatingSystem.IsMacOS() ? 67 : 1030;

    /// <summary>Larger than the opaque structures of any C library we run on (glibc's attributes: 336 bytes).</summary>
    private const int OpaqueSize = 1024;

    private static readonly ConcurrentDictionary<int, ChildProcess> Running = new();
    private static readonly PosixSignalRegistration ChildSignal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => ReapAll());

    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    private ChildProcess(int id) => Id = id;

    /// <summary>Process id. It may be used again by the system once <see cref="Exited"/> is complete.</summary>
    public int Id { get; }

    /// <summary>The exit code, or 128 and the number of the signal that ended the process, as shells count.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Starts a process.</summary>
    /// <exception cref="Win32Exception">The system refused, for example because the program does not exist.</exception>
    public static ChildProcess Start(ChildStart start)
    {
        // Touching it first makes sure that no exit is missed.
        GC.KeepAlive(ChildSignal);
        var child = new ChildProcess(Spawn(start));
        Running[child.Id] = child;
        child.Reap();
        return child;
    }

    /// <summary>Sends a signal unless the process has ended.</summary>
    public void Signal(int signal)
    {
        // Under the lock the process cannot be reaped, so the id cannot belong to someone else.
        lock (_gate)
        {
            if (!_exited.Task.IsCompleted)
                _ = LibC.Kill(Id, signal);
        }
    }

    private static void ReapAll()
    {
        foreach (var child in Running.Values)
            child.Reap();
    }

    private void Reap()
    {
        lock (_gate)
        {
            if (_exited.Task.IsCompleted)
                return;
            int result, status;
            do
            {
                result = LibC.WaitPid(Id, out status, NoHang);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == LibC.ErrorInterrupted);
            if (result == 0)
                return;
            Running.TryRemove(new(Id, this));

            // Someone else reaped it (the platform was started with SIGCHLD ignored): that it ended is all that is known.
            _exited.TrySetResult(result < 0 ? 255 : (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f));
        }
    }

    private static unsafe int Spawn(ChildStart start)
    {
        var actions = stackalloc byte[OpaqueSize];
        var attributes = stackalloc byte[OpaqueSize];
        var signals = stackalloc byte[OpaqueSize];
        var held = new List<SafeHandle>();
        var copies = new List<SafeFileHandle>();
        Check(LibC.FileActionsInit(actions));
        Check(LibC.AttributesInit(attributes));
        using var nothing = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        try
        {
            for (var number = 0; number < 16; number++)
            {
                var source = start.Descriptors.GetValueOrDefault(number) ?? (number < 3 ? nothing : null);
                if (source is null)
                    continue;
                var added = false;
                source.DangerousAddRef(ref added);
                held.Add(source);

                // Copies out of the way: dup2 to a low number must not overwrite a descriptor that a later one is copied from.
                var copy = LibC.Fcntl((int)source.DangerousGetHandle(), DuplicateCloseOnExec, 64);
                if (copy < 0)
                    throw new Win32Exception(Marshal.GetLastPInvokeError());
                copies.Add(new SafeFileHandle(copy, ownsHandle: true));
                Check(LibC.FileActionsAddDup2(actions, copy, number));
            }

            if (start.Folder is { } folder)
                Check(LibC.FileActionsAddChdir(actions, folder));

            // .NET ignores SIGPIPE, and ignored signals stay ignored across exec: programs would not end when their reader is gone.
            _ = LibC.FillSignalSet(signals);
            Check(LibC.AttributesSetDefaultSignals(attributes, signals));
            _ = LibC.EmptySignalSet(signals);
            Check(LibC.AttributesSetSignalMask(attributes, signals));
            Check(LibC.AttributesSetFlags(attributes, (short)(SetDefaultSignals | SetSignalMask | NewSession)));

            using var arguments = new StringVector([start.Program, .. start.Arguments]);
            using var environment = new StringVector([.. start.Environment.Select(variable => $"{variable.Key}={variable.Value}")]);
            Check(LibC.PosixSpawn(out var pid, start.Program, actions, attributes, arguments.Pointer, environment.Pointer), start.Program);
            return pid;
        }
        finally
        {
            foreach (var copy in copies)
                copy.Dispose();
            foreach (var handle in held)
                handle.DangerousRelease();
            _ = LibC.FileActionsDestroy(actions);
            _ = LibC.AttributesDestroy(attributes);
        }
    }

    /// <summary>The functions of the posix_spawn family return the error instead of setting errno.</summary>
    private static void Check(int error, string? what = null)
    {
        if (error != 0)
            throw what is null ? new Win32Exception(error) : new Win32Exception(error, $"{what}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>A null-terminated array of C strings.</summary>
    private sealed unsafe class StringVector : IDisposable
    {
        private readonly int _count;

        public StringVector(IReadOnlyList<string> strings)
        {
            _count = strings.Count;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                // A C string ends at a zero byte: what follows would be lost, and nobody means that.
                var text = strings[i];
                if (text.Contains('\0', StringComparison.Ordinal))
                    throw new InvalidOperationException("A command or variable has a zero byte in it.");
                var size = Encoding.UTF8.GetByteCount(text);
                var memory = (byte*)NativeMemory.Alloc((nuint)size + 1);
                Encoding.UTF8.GetBytes(text, new Span<byte>(memory, size));
                memory[size] = 0;
                Pointer[i] = memory;
            }
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++)
                NativeMemory.Free(Pointer[i]);
            NativeMemory.Free(Pointer);
        }
    }
}
