using System.Runtime.InteropServices;

using Microsoft.Win32.SafeHandles;

namespace AeroGrid.Node.Sandbox.Native;

/// <summary>Relations between Linux namespaces (<c>ioctl_nsfs(2)</c>).</summary>
internal static class Namespaces
{
    private const nuint GetOwningUserNamespace = 0xb701;

    /// <summary>The user namespace whose capabilities count for a namespace.</summary>
    /// <exception cref="IOException">It is outside of our own user namespace.</exception>
    public static SafeFileHandle OwnerOf(SafeFileHandle ofNamespace)
    {
        var descriptor = LibC.Ioctl((int)ofNamespace.DangerousGetHandle(), GetOwningUserNamespace);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"The owner of a namespace cannot be told: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Whether two descriptors are of one namespace: their links name the same inode, as in <c>user:[4026531837]</c>.</summary>
    public static bool Same(SafeFileHandle one, SafeFileHandle other) => Name(one) == Name(other);

    private static string? Name(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;
}
