// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {PPM} from "../libraries/FixedMath.sol";
import {Health} from "../types/Account.sol";
import {Price} from "../types/Price.sol";

/// @title A vault whose money is in the ledger and whose shares are redeemed by request and cooldown
/// @notice Mechanism section 9. ERC-4626 throughout: `maxRedeem` and `maxWithdraw` are 0 until the cooldown has ended, the price is
/// that of the redemption and not of the request, and a request lapses. Requested shares cannot be transferred, so that no account with
/// an open request can be lent to others. Shares have 6 more decimals than the asset: the virtual shares and assets of
/// OpenZeppelin's ERC4626 make inflation of the share price by a donation a loss to the donor.
abstract contract CooldownVault is ERC4626, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Math for uint256;

    /// @notice A request for more shares than the owner holds, or for none.
    error InvalidRequest(uint256 shares, uint256 balance);
    /// @notice There is no request to take back.
    error NoRequest(address owner);
    /// @notice Shares under request cannot be transferred; take the request back first.
    error SharesLocked(address owner, uint256 locked, uint256 balance, uint256 value);
    /// @notice The token delivered other than what was asked: fee-on-transfer tokens are refused.
    error InexactTransfer(uint256 expected, uint256 received);
    /// @notice The ledger paid less than the shares redeemed are worth.
    error WithdrawalShort(uint256 expected, uint256 paid);
    /// @notice One of the vault's accounts is due for liquidation, or for having its loss written off. Quote, WAD.
    error LiquidationDue(uint32 account, int256 equity, uint256 maintenanceMargin);
    /// @notice Mark and index of a market the vault holds are too far apart to deal in shares. Quote per base, WAD.
    error MarkAstray(uint8 market, uint256 mark, uint256 index);

    /// @notice Shares are locked and may be redeemed from `readyAt` until `expiresAt`.
    event RedemptionRequested(address indexed owner, uint256 shares, uint256 readyAt, uint256 expiresAt);
    /// @notice A request was taken back; the shares are free again.
    event RedemptionCancelled(address indexed owner, uint256 shares);

    /// @dev Shares in a word of their own: each time a vault has lost nearly all, what is deposited then gets as many times more.
    /// @param shares still to be redeemed under the request
    /// @param readyAt from when on
    /// @param expiresAt until when; from then on the shares are free again and the request is void
    struct Request {
        uint256 shares;
        uint64 readyAt;
        uint64 expiresAt;
    }

    /// @dev Number of the vault's ledger account that holds free cash; the ones below it belong to markets.
    uint8 internal constant MAIN_SUBACCOUNT = 255;

    IClearingHouse public immutable LEDGER;

    /// @notice The ledger account shares are paid into and out of.
    uint32 public immutable MAIN_ACCOUNT;

    /// @notice Seconds from a request until it may be redeemed, and from then until it lapses.
    uint256 public immutable COOLDOWN;
    uint256 public immutable REDEMPTION_WINDOW;

    mapping(address owner => Request) private _requests;

    constructor(
        IClearingHouse ledger,
        IERC20 asset_,
        string memory name_,
        string memory symbol_,
        uint256 cooldown,
        uint256 redemptionWindow
    ) ERC4626(asset_) ERC20(name_, symbol_) {
        LEDGER = ledger;
        MAIN_ACCOUNT = ledger.openAccount(MAIN_SUBACCOUNT);
        COOLDOWN = cooldown;
        REDEMPTION_WINDOW = redemptionWindow;
        asset_.forceApprove(address(ledger), type(uint256).max);
    }

    // ---- shareholders ------------------------------------------------------------------------------------------------

    /// @notice Asks to redeem shares after the cooldown. Replaces an earlier request, whose cooldown is lost.
    /// @param shares at most the caller's balance
    function requestRedeem(uint256 shares) external {
        uint256 held = balanceOf(msg.sender);
        if (shares == 0 || shares > held) revert InvalidRequest(shares, held);
        uint256 readyAt = block.timestamp + COOLDOWN;
        uint256 expiresAt = readyAt + REDEMPTION_WINDOW;
        _requests[msg.sender] = Request(shares, uint64(readyAt), uint64(expiresAt));
        emit RedemptionRequested(msg.sender, shares, readyAt, expiresAt);
    }

    /// @notice Takes the caller's request back; the shares are free again.
    function cancelRequest() external {
        uint256 shares = _requests[msg.sender].shares;
        if (shares == 0) revert NoRequest(msg.sender);
        delete _requests[msg.sender];
        emit RedemptionCancelled(msg.sender, shares);
    }

    /// @inheritdoc ERC4626
    function deposit(uint256 assets, address receiver) public override nonReentrant returns (uint256) {
        _bringUpToDate();
        return super.deposit(assets, receiver);
    }

    /// @inheritdoc ERC4626
    function mint(uint256 shares, address receiver) public override nonReentrant returns (uint256) {
        _bringUpToDate();
        return super.mint(shares, receiver);
    }

    /// @inheritdoc ERC4626
    function withdraw(uint256 assets, address receiver, address owner) public override nonReentrant returns (uint256) {
        _bringUpToDate();
        return super.withdraw(assets, receiver, owner);
    }

    /// @inheritdoc ERC4626
    function redeem(uint256 shares, address receiver, address owner) public override nonReentrant returns (uint256) {
        _bringUpToDate();
        return super.redeem(shares, receiver, owner);
    }

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice Net asset value in the asset's decimals, rounded down; at what the ledger would pay for it while a socialised
    /// loss stands.
    function totalAssets() public view override returns (uint256) {
        (uint256 numerator, uint256 denominator) = _payout();
        return (_netAssetValue() / LEDGER.quoteScale()).mulDiv(numerator, denominator);
    }

    /// @inheritdoc ERC4626
    /// @dev No deposits while a socialised loss stands: the ledger credits them in full and the others would pay for it.
    function maxDeposit(address) public view override returns (uint256) {
        return _priceIsFair() && LEDGER.socialisedLoss() == 0 ? type(uint256).max : 0;
    }

    /// @inheritdoc ERC4626
    function maxMint(address receiver) public view override returns (uint256) {
        return maxDeposit(receiver);
    }

    /// @inheritdoc ERC4626
    /// @dev Requested shares whose cooldown is over, at most what the vault's free cash can pay.
    function maxRedeem(address owner) public view override returns (uint256) {
        uint256 shares = _redeemable(owner);
        if (shares == 0 || !_priceIsFair()) return 0;
        return Math.min(shares, _convertToShares(_liquid(), Math.Rounding.Floor));
    }

    /// @inheritdoc ERC4626
    function maxWithdraw(address owner) public view override returns (uint256) {
        uint256 shares = _redeemable(owner);
        if (shares == 0 || !_priceIsFair()) return 0;
        return Math.min(_convertToAssets(shares, Math.Rounding.Floor), _liquid());
    }

    /// @notice The request of a shareholder; all zero if there is none. It may have lapsed.
    function requestOf(address owner) external view returns (Request memory) {
        return _requests[owner];
    }

    // ---- what a vault must say ---------------------------------------------------------------------------------------

    /// @dev Equity of all the vault's accounts at mark, quote, WAD, rounded down.
    function _netAssetValue() internal view virtual returns (uint256);

    /// @dev Brings prices up to date and reverts if the net asset value is not fair: a price not VALID, a liquidation due.
    function _bringUpToDate() internal virtual;

    /// @dev Whether `_bringUpToDate` would go through now.
    function _priceIsFair() internal view virtual returns (bool);

    // ---- what keeps leavers from leaving ahead of the rest -----------------------------------------------------------

    /// @dev Shares are worth what the mark says; while it is still on its way to the index, a leaver would leave ahead of the rest.
    /// @param gap farthest the mark may be from the index, parts per million of it
    function _isAstray(Price memory price, uint256 gap) internal pure returns (bool) {
        uint256 apart = price.mark > price.index ? price.mark - price.index : price.index - price.mark;
        return apart * PPM > price.index * gap;
    }

    function _isDue(Health memory health) internal pure returns (bool) {
        return health.equity < int256(health.maintenanceMargin);
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }

    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        IERC20 token = IERC20(asset());
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(caller, address(this), assets);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != assets) revert InexactTransfer(assets, received);
        if (assets != 0) LEDGER.deposit(MAIN_ACCOUNT, assets);
        _mint(receiver, shares);
        emit Deposit(caller, receiver, assets, shares);
    }

    /// @dev Burns before it pays. While a socialised loss stands the ledger is asked for more than it will pay; what it pays
    /// beyond `assets` is rounding and stays here.
    function _withdraw(
        address caller,
        address receiver,
        address owner,
        uint256 assets,
        uint256 shares
    ) internal override {
        if (caller != owner) _spendAllowance(owner, caller, shares);
        uint256 left = _requests[owner].shares - shares;
        if (left == 0) delete _requests[owner];
        else _requests[owner].shares = left;
        _burn(owner, shares);
        if (assets != 0) _payOut(receiver, assets);
        emit Withdraw(caller, receiver, owner, assets, shares);
    }

    function _payOut(address receiver, uint256 assets) private {
        (uint256 numerator, uint256 denominator) = _payout();
        if (numerator == denominator) {
            uint256 sent = LEDGER.withdraw(MAIN_ACCOUNT, assets, receiver);
            if (sent != assets) revert WithdrawalShort(assets, sent);
            return;
        }
        uint256 claim = assets.mulDiv(denominator, numerator, Math.Rounding.Ceil);
        uint256 paid = LEDGER.withdraw(MAIN_ACCOUNT, claim, address(this));
        if (paid < assets) revert WithdrawalShort(assets, paid);
        IERC20(asset()).safeTransfer(receiver, assets);
    }

    /// @dev Shares under request stay where they are until redeemed, taken back or lapsed.
    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0)) {
            Request memory request = _requests[from];
            uint256 held = balanceOf(from);
            if (block.timestamp < request.expiresAt && value <= held && value > held - request.shares) {
                revert SharesLocked(from, request.shares, held, value);
            }
        }
        super._update(from, to, value);
    }

    function _redeemable(address owner) private view returns (uint256) {
        Request memory request = _requests[owner];
        bool open = block.timestamp >= request.readyAt && block.timestamp < request.expiresAt;
        return open ? request.shares : 0;
    }

    /// @dev What the main account could be paid now, in the asset's decimals.
    function _liquid() private view returns (uint256) {
        (uint256 numerator, uint256 denominator) = _payout();
        return (LEDGER.withdrawable(MAIN_ACCOUNT) / LEDGER.quoteScale()).mulDiv(numerator, denominator);
    }

    /// @dev What the ledger pays for a claim of `denominator`: assets / claims, 1 / 1 without a socialised loss.
    function _payout() private view returns (uint256 numerator, uint256 denominator) {
        uint256 loss = LEDGER.socialisedLoss();
        if (loss == 0) return (1, 1);
        numerator = IERC20(asset()).balanceOf(address(LEDGER)) * LEDGER.quoteScale();
        return (numerator, numerator + loss);
    }
}
