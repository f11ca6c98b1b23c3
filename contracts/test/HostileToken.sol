// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What a hostile token does wrong.
/// FEE: one part in a hundred of every transfer is lost. RETURNS_FALSE: nothing moves and no error is raised.
/// RETURNS_NOTHING: moves, but answers with no data, as some old tokens do. BLOCKS: the blocked address cannot receive.
/// REENTERS: calls back into a target before it moves anything.
enum Misbehaviour {
    NONE,
    FEE,
    RETURNS_FALSE,
    RETURNS_NOTHING,
    BLOCKS,
    REENTERS
}

/// @title A token that misbehaves as told, minted by anyone, for tests
contract HostileToken is ERC20 {
    /// @notice The receiver is on the token's block list.
    error Blocked(address receiver);

    uint8 private immutable _decimals;
    Misbehaviour private _misbehaviour;
    address private _target;
    bytes private _callback;

    constructor(uint8 decimals_) ERC20("Hostile", "HST") {
        _decimals = decimals_;
    }

    /// @notice Mints `amount`, in the token's smallest unit, to `to`. Anyone.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @notice Sets the misbehaviour. Anyone.
    /// @param target the blocked address, or the one to call back
    /// @param callback data of the call back
    function misbehave(Misbehaviour misbehaviour, address target, bytes calldata callback) external {
        _misbehaviour = misbehaviour;
        _target = target;
        _callback = callback;
    }

    /// @inheritdoc ERC20
    function transfer(address to, uint256 amount) public override returns (bool) {
        return _misbehaviour == Misbehaviour.RETURNS_FALSE ? false : _answer(super.transfer(to, amount));
    }

    /// @inheritdoc ERC20
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        return _misbehaviour == Misbehaviour.RETURNS_FALSE ? false : _answer(super.transferFrom(from, to, amount));
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (_misbehaviour == Misbehaviour.BLOCKS && to == _target) revert Blocked(to);
        if (_misbehaviour == Misbehaviour.REENTERS) _callBack();
        super._update(from, to, amount);
        if (_misbehaviour == Misbehaviour.FEE && from != address(0)) super._update(to, address(0), amount / 100);
    }

    function _callBack() private {
        // solhint-disable-next-line avoid-low-level-calls
        (bool success, bytes memory answer) = _target.call(_callback);
        if (success) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _answer(bool done) private view returns (bool) {
        if (_misbehaviour == Misbehaviour.RETURNS_NOTHING) {
            assembly ("memory-safe") {
                return(0, 0)
            }
        }
        return done;
    }
}
