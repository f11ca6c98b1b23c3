// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A price feed or source that answers every call with whatever a test tells it to, or not at all
contract HostileFeed {
    /// @notice ANSWER returns the words that were set, REVERT reverts, BURN uses up all gas, BOMB returns 128 KiB of zeros, which
    /// would cost a caller 45,000 gas to copy, and REVERT_BOMB reverts with as much.
    enum Mode {
        ANSWER,
        REVERT,
        BURN,
        BOMB,
        REVERT_BOMB
    }

    error Refused();

    Mode public mode;
    bytes private _answer;

    fallback() external payable {
        _respond();
    }

    receive() external payable {
        _respond();
    }

    /// @notice Sets how calls are answered. Anyone.
    function behave(Mode mode_, bytes calldata answer) external {
        (mode, _answer) = (mode_, answer);
    }

    function _respond() private view {
        if (mode == Mode.REVERT) revert Refused();
        if (mode == Mode.BURN) while (true) {}
        if (mode == Mode.ANSWER) _return(_answer);
        uint256 size = 128 * 1024;
        bool fail = mode == Mode.REVERT_BOMB;
        assembly ("memory-safe") {
            // Beyond what is in use all memory is zero.
            let free := mload(0x40)
            if fail {
                revert(free, size)
            }
            return(free, size)
        }
    }

    function _return(bytes memory answer) private pure {
        assembly ("memory-safe") {
            return(add(answer, 32), mload(answer))
        }
    }
}
